package tramontane.chat.jinja;

/** Python's None. */
public enum None {
    NONE
}
