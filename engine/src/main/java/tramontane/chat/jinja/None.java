package tramontane.chat.jinja;

/** Python's None as a template sees it. */
public enum None {
    NONE
}
