package tramontane.token;

import java.util.Arrays;
import java.util.Optional;

/**
 * The letters byte-level vocabularies write bytes as: printable Latin-1 as itself, the rest as
 * U+0100 and on, in order.
 */
final class ByteLetters {
    private static final int[] BYTES = bytesByLetter();

    private ByteLetters() {}

    /** The bytes that {@code token} is written for, if all of it is such letters. */
    static Optional<byte[]> decode(String token) {
        byte[] bytes = new byte[token.length()];
        for (int i = 0; i < bytes.length; i++) {
            char letter = token.charAt(i);
            if (letter >= BYTES.length || BYTES[letter] < 0) {
                return Optional.empty();
            }
            bytes[i] = (byte) BYTES[letter];
        }
        return Optional.of(bytes);
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
