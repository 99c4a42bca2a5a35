package tramontane.chat;

/** The author of a message. */
public enum Role {
    SYSTEM("system"),
    USER("user"),
    ASSISTANT("assistant"),
    TOOL("tool");

    private final String wireName;

    Role(String wireName) {
        this.wireName = wireName;
    }

    /** The name used on the wire and in chat templates. */
    public String wireName() {
        return wireName;
    }
}
