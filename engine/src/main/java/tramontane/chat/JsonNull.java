package tramontane.chat;

/** JSON's null inside trees of plain values, so that no Java null travels. */
public enum JsonNull {
    NULL;

    @Override
    public String toString() {
        return "null";
    }
}
