package tramontane.gguf;

import java.util.Optional;

/**
 * Decodes the texts of a vocabulary, one after the other. The constructor of String that decodes
 * UTF-8 is so large that compiling it takes longer than the texts.
 *
 * <p>Used by one thread.
 */
final class ShortTexts {
    private static final int MAX_BYTES = 256;
    private static final int MALFORMED = -1;

    private final byte[] utf8 = new byte[MAX_BYTES];
    private final char[] characters = new char[MAX_BYTES];

    /**
     * Empty if the text is long, has characters of four bytes or is malformed.
     *
     * @param offset of its first byte
     */
    Optional<String> read(Bytes bytes, long offset, int length) {
        if (length > MAX_BYTES) {
            return Optional.empty();
        }
        bytes.copy(offset, utf8, length);
        int count = decode(length);
        return count == MALFORMED
                ? Optional.empty()
                : Optional.of(new String(characters, 0, count));
    }

    private int decode(int length) {
        int count = 0;
        for (int at = 0; at < length; count++) {
            int first = utf8[at];
            int bytes = first >= 0 ? 1 : (first & 0xE0) == 0xC0 ? 2 : 3;
            if (at + bytes > length) {
                return MALFORMED;
            }
            int value = first >= 0 ? first : bytes == 2 ? two(at) : three(at);
            if (value == MALFORMED) {
                return MALFORMED;
            }
            characters[count] = (char) value;
            at += bytes;
        }
        return count;
    }

    private int two(int at) {
        int value = (utf8[at] & 0x1F) << 6 | utf8[at + 1] & 0x3F;
        return follows(at + 1) && value >= 0x80 ? value : MALFORMED;
    }

    private int three(int at) {
        int value = (utf8[at] & 0xF) << 12 | (utf8[at + 1] & 0x3F) << 6 | utf8[at + 2] & 0x3F;
        boolean wellFormed =
                (utf8[at] & 0xF0) == 0xE0
                        && follows(at + 1)
                        && follows(at + 2)
                        && value >= 0x800
                        && !Character.isSurrogate((char) value);
        return wellFormed ? value : MALFORMED;
    }

    private boolean follows(int at) {
        return (utf8[at] & 0xC0) == 0x80;
    }
}
