package tramontane.grammar;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import tramontane.token.Tokenizer;

/**
 * The end of the text so far: enough of it to say how the model's tokenizer cuts what follows. A
 * control token ends one text and begins another.
 */
final class Tail {
    static final Tail NONE = new Tail(new byte[0]);

    /** Bytes that are kept; words are shorter, but for those that nothing forced goes on with. */
    private static final int KEPT = 48;

    private final byte[] bytes;

    private Tail(byte[] bytes) {
        this.bytes = bytes;
    }

    /** The tail behind one more token, whose bytes are none for a control token. */
    Tail with(byte[] token) {
        if (token.length == 0) {
            return NONE;
        }
        byte[] all = joined(token);
        int from = Math.max(0, all.length - KEPT);
        // A character that is cut in two would be another one.
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
     * The first tokens of {@code next}, at most {@code limit}, as the tokenizer cuts the whole text
     * whatever comes behind; none where it would not cut it here at all.
     */
    int[] settled(byte[] next, Tokenizer tokenizer, int limit) {
        byte[] all = joined(next);
        return behind(
                all,
                tokenizer.encodeSettled(new String(all, StandardCharsets.UTF_8)),
                tokenizer,
                limit);
    }

    /** The same for a text that ends with {@code next}. */
    int[] whole(byte[] next, Tokenizer tokenizer, int limit) {
        byte[] all = joined(next);
        return behind(
                all, tokenizer.encode(new String(all, StandardCharsets.UTF_8)), tokenizer, limit);
    }

    /** Of the tokens of the tail and what follows it, those behind the tail. */
    private int[] behind(byte[] all, int[] tokens, Tokenizer tokenizer, int limit) {
        int length = 0;
        int first = 0;
        while (first < tokens.length && length < bytes.length) {
            byte[] token = tokenizer.bytes(tokens[first++]);
            // Bytes that are no character would be read as another one.
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
