package tramontane.chat.jinja;

/** A template could not be compiled, or rendering it failed. */
public final class TemplateException extends RuntimeException {
    /** The kind of the error. */
    public enum Kind {
        /** The source is not a template that this interpreter can parse. */
        SYNTAX,
        /** The template refused the conversation with {@code raise_exception}. */
        REFUSED,
        /** The template caused an error that Python would raise as well. */
        FAILED,
        /** The template uses a feature that this interpreter does not have. */
        MISSING,
        /** The rendering exceeded a limit. */
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

    /** Adds the line, which only the interpreter knows. */
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

    /** The message without the line; for {@link Kind#REFUSED} the message of the template. */
    public String reason() {
        return reason;
    }

    /** The line of the template, from 1. */
    public int line() {
        return line;
    }
}
