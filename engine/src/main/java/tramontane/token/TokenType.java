package tramontane.token;

import tramontane.gguf.GgufException;

/**
 * What a file says of a token; the order is that of the numbers in {@code
 * tokenizer.ggml.token_type}.
 */
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

    /** Whether text may become this token by merging. Bytes are reached by fallback only. */
    boolean mergeable() {
        return switch (this) {
            case NORMAL, USER_DEFINED -> true;
            case UNDEFINED, UNKNOWN, CONTROL, UNUSED, BYTE -> false;
        };
    }
}
