package tramontane.token;

import tramontane.gguf.GgufException;

/** The type of a token, in the order of the codes in {@code tokenizer.ggml.token_type}. */
enum TokenType {
    UNDEFINED,
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE;

    private static final TokenType[] ALL = values();

    static TokenType of(int code) {
        if (code < 0 || code >= ALL.length) {
            throw new GgufException(
                    "tokenizer.ggml.token_type",
                    "holds " + code + ", known are 0 to " + (ALL.length - 1));
        }
        return ALL[code];
    }

    /** True if merging can produce this token. Byte tokens are used only as a fallback. */
    boolean mergeable() {
        return switch (this) {
            case NORMAL, USER_DEFINED -> true;
            case UNDEFINED, UNKNOWN, CONTROL, UNUSED, BYTE -> false;
        };
    }
}
