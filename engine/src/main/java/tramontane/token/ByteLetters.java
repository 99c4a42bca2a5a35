package tramontane.token;

import java.util.Arrays;

/**
 * The characters with which byte-level vocabularies represent bytes (GPT-2): printable Latin-1
 * characters represent themselves, the other bytes are U+0100 and following, in order.
 */
final class ByteLetters {
    static final int OTHER = -1;

    private static final int[] BYTES = bytesByLetter();

    private ByteLetters() {}

    /**
     * Writes the bytes that the letters in {@code utf8[from, to)} represent to {@code into}, from
     * {@code at} on. Returns their number, or {@link #OTHER} if there are other characters.
     */
    static int decode(byte[] utf8, int from, int to, byte[] into, int at) {
        int end = at;
        for (int i = from; i < to; i++) {
            int letter = utf8[i];
            if (letter < 0) {
                // The letters beyond ASCII have two bytes.
                boolean two = (letter & 0xE0) == 0xC0;
                letter = two ? (letter & 0x1F) << 6 | utf8[++i] & 0x3F : BYTES.length;
            }
            if (letter >= BYTES.length || BYTES[letter] < 0) {
                return OTHER;
            }
            into[end++] = (byte) BYTES[letter];
        }
        return end - at;
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
