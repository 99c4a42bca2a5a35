package tramontane.chat.jinja;

/** A template could not be compiled, or did not give a prompt for this input. */
public final class TemplateException extends RuntimeException {
    /** Whose fault it was. */
    public enum Kind {
        /** The source is not a template this interpreter can read. */
        SYNTAX,
        /** The template itself turned the conversation down, through {@code raise_exception}. */
        REFUSED,
        /** The template did something Python would raise an error for. */
        FAILED,
        /** The template uses what this interpreter does not have. */
        MISSING,
        /** A limit was reached. */
        LIMIT
    }

    private final Kind kind;
    private final String reason;
    private final int line;

    TemplateException(Kind kind, String reason, int line) {
        super(line > 0 ? reason + " (chat template, line " + line + ")" : reason);
        this.kind = kind;
        this.reason = reason;
        this.line = line;
    }

    static TemplateException syntax(String reason, int line) {
        return new TemplateException(Kind.SYNTAX, reason, line);
    }

    /** The line is added by the interpreter, the only one to know it. */
    static TemplateException failed(String reason) {
        return new TemplateException(Kind.FAILED, reason, 0);
    }

    static TemplateException missing(String reason) {
        return new TemplateException(Kind.MISSING, reason, 0);
    }

    static TemplateException refused(String reason) {
        return new TemplateException(Kind.REFUSED, reason, 0);
    }

    static TemplateException limit(String reason) {
        return new TemplateException(Kind.LIMIT, reason, 0);
    }

    TemplateException at(int knownLine) {
        return line > 0 ? this : new TemplateException(kind, reason, knownLine);
    }

    public Kind kind() {
        return kind;
    }

    /** The message without the line; for {@link Kind#REFUSED} the template's own words. */
    public String reason() {
        return reason;
    }

    /** The line of the template, from 1. */
    public int line() {
        return line;
    }
}
