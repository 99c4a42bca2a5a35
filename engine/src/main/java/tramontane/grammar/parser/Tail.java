package tramontane.grammar.parser;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tramontane.token.Tokenizer;

/**
 * The last bytes of the text so far: enough to know how the model's tokenizer splits what follows.
 * A control token starts a new text.
 */
final class Tail {
    static final Tail NONE = new Tail(new byte[0]);

    /** Maximum number of bytes kept. Words are shorter, except those that are never forced. */
    private static final int MAX_BYTES = 48;

    private final byte[] bytes;

    private Tail(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The tail after one more token. A control token has no bytes. */
    Tail with(byte[] token) {
        if (token.length == 0) {
            return NONE;
        }
        byte[] all = joined(token);
        int from = Math.max(0, all.length - MAX_BYTES);
        // Start at a character boundary: the rest of a split character would decode as another one.
        while (from < all.length && (all[from] & 0xc0) == 0x80) {
            from++;
        }
        return new Tail(from == 0 ? all : Arrays.copyOfRange(all, from, all.length));
    }

    private byte[] joined(byte[] next) {
        byte[] all = Arrays.copyOf(bytes, bytes.length + next.length);
        System.arraycopy(next, 0, all, bytes.length, next.length);
        return all;
    }

    /**
     * The first tokens of {@code next}, at most {@code limit}, as the tokenizer splits the whole
     * text, whatever follows. Empty if the tokenizer would not split the text between tail and
     * {@code next}.
     */
    int[] settled(byte[] next, Tokenizer tokenizer, int limit) {
        byte[] all = joined(next);
        return tokensAfterTail(
                all,
                tokenizer.encodeSettled(new String(all, StandardCharsets.UTF_8)),
                tokenizer,
                limit);
    }

    /** Like {@link #settled}, for a text that ends with {@code next}. */
    int[] whole(byte[] next, Tokenizer tokenizer, int limit) {
        byte[] all = joined(next);
        return tokensAfterTail(
                all, tokenizer.encode(new String(all, StandardCharsets.UTF_8)), tokenizer, limit);
    }

    /** The tokens after the tail, of all tokens of the tail and what follows. */
    private int[] tokensAfterTail(byte[] all, int[] tokens, Tokenizer tokenizer, int limit) {
        int length = 0;
        int first = 0;
        while (first < tokens.length && length < bytes.length) {
            byte[] token = tokenizer.bytes(tokens[first++]);
            // Bytes that are not valid UTF-8 would decode as other characters.
            int end = length + token.length;
            if (end > bytes.length || !Arrays.equals(token, 0, token.length, all, length, end)) {
                return new int[0];
            }
            length = end;
        }
        return length == bytes.length
                ? Arrays.copyOfRange(tokens, first, Math.min(tokens.length, first + limit))
                : new int[0];
    }
}
