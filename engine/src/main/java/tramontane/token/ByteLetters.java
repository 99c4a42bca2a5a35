package tramontane.token;

import java.util.Arrays;
import java.util.Optional;

/**
 * The characters with which byte-level vocabularies represent bytes (GPT-2): printable Latin-1
 * characters represent themselves, the other bytes are U+0100 and following, in order.
 */
final class ByteLetters {
    private static final int[] BYTES = bytesByLetter();

    private ByteLetters() {}

    /** The bytes that {@code token} represents; empty if it has other characters. */
    static Optional<byte[]> decode(String token) {
        byte[] bytes = new byte[token.length()];
        return decode(token, 0, bytes.length, bytes, 0) ? Optional.of(bytes) : Optional.empty();
    }

    /**
     * Writes the bytes of part of a token to {@code bytes}, starting at {@code to}. Returns false
     * if it has other characters.
     */
    static boolean decode(String token, int start, int end, byte[] bytes, int to) {
        for (int i = start; i < end; i++) {
            char letter = token.charAt(i);
            if (letter >= BYTES.length || BYTES[letter] < 0) {
                return false;
            }
            bytes[to + i - start] = (byte) BYTES[letter];
        }
        return true;
    }

    private static int[] bytesByLetter() {
        int[] bytes = new int[512];
        Arrays.fill(bytes, -1);
        int letter = 256;
        for (int value = 0; value < 256; value++) {
            boolean printable = value > 0x20 && value < 0x7F || value > 0xA0 && value != 0xAD;
            bytes[printable ? value : letter++] = value;
        }
        return bytes;
    }
}
