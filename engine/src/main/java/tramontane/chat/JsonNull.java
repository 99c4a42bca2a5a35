package tramontane.chat;

/** JSON's null in trees of plain values, which have no Java null. */
public enum JsonNull {
    NULL;

    @Override
    public String toString() {
        return "null";
    }
}
