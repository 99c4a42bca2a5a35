package tramontane.gguf;

import java.nio.charset.StandardCharsets;
import java.util.AbstractList;
import java.util.List;
import java.util.RandomAccess;

/**
 * Texts of a file, kept as UTF-8. A vocabulary has hundreds of thousands, which a tokenizer reads
 * as bytes; making a String of each took longer than everything else that it does at its start.
 *
 * <pre>
 *   utf8     | 8 bytes | text 0 | 8 bytes | text 1 | ...      the 8 bytes are a text's length in the file
 *   starts             ^                  ^            ^       and one more, behind which text size() would be
 * </pre>
 */
public final class Texts extends AbstractList<String> implements RandomAccess {
    /** Bytes before each text. */
    private static final int GAP = 8;

    private static final Texts NONE = new Texts(new byte[0], new int[] {GAP});

    private final byte[] utf8;
    private final int[] starts;

    private Texts(byte[] utf8, int[] starts) {
        this.utf8 = utf8;
        this.starts = starts;
    }

    public static Texts of(List<String> texts) {
        if (texts instanceof Texts same) {
            return same;
        }
        if (texts.isEmpty()) {
            return NONE;
        }
        byte[][] encoded =
                texts.stream()
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toArray(byte[][]::new);
        int[] starts = new int[encoded.length + 1];
        starts[0] = GAP;
        for (int i = 0; i < encoded.length; i++) {
            starts[i + 1] = starts[i] + encoded[i].length + GAP;
        }
        byte[] utf8 = new byte[starts[encoded.length] - GAP];
        for (int i = 0; i < encoded.length; i++) {
            System.arraycopy(encoded[i], 0, utf8, starts[i], encoded[i].length);
        }
        return new Texts(utf8, starts);
    }

    /** Texts with a {@link #utf8} and {@link #starts} that other texts had. */
    public static Texts of(byte[] utf8, int[] starts) {
        return new Texts(utf8, starts);
    }

    /**
     * Reads an array of strings.
     *
     * @param offset of the length of the first string
     * @throws GgufException if a string is not UTF-8, because a replacement could make two names
     *     equal
     */
    static Texts read(String key, Bytes bytes, long offset, int count) {
        int[] starts = new int[count + 1];
        long at = offset;
        for (int i = 0; i < count; i++) {
            starts[i] = (int) (at - offset) + GAP;
            at = bytes.stringEnd(at, Cursor.MAX_STRING_BYTES);
        }
        starts[count] = (int) (at - offset) + GAP;
        byte[] utf8 = new byte[(int) (at - offset)];
        bytes.copy(offset, utf8, utf8.length);
        Texts texts = new Texts(utf8, starts);
        for (int i = 0; i < count; i++) {
            if (!isWellFormed(utf8, starts[i], texts.end(i))) {
                throw new GgufException(key, "is not valid UTF-8");
            }
        }
        return texts;
    }

    @Override
    public int size() {
        return starts.length - 1;
    }

    @Override
    public String get(int index) {
        return new String(utf8, starts[index], end(index) - starts[index], StandardCharsets.UTF_8);
    }

    /** The array that holds all texts, to be read only. */
    public byte[] utf8() {
        return utf8;
    }

    /** Where a text starts in {@link #utf8}. */
    public int start(int index) {
        return starts[index];
    }

    /** Where all texts start, to be read only. There is one more, behind which another would be. */
    public int[] starts() {
        return starts;
    }

    /** Where a text ends in {@link #utf8}. */
    public int end(int index) {
        return starts[index + 1] - GAP;
    }

    static boolean isWellFormed(byte[] utf8, int from, int to) {
        int at = from;
        while (at < to) {
            int length = utf8[at] >= 0 ? 1 : sequence(utf8, at, to);
            if (length == 0) {
                return false;
            }
            at += length;
        }
        return true;
    }

    /**
     * The bytes of a character of more than one byte; 0 if it is malformed (The Unicode Standard,
     * table 3-7).
     */
    private static int sequence(byte[] utf8, int at, int to) {
        int first = utf8[at] & 0xFF;
        int length = first < 0xC2 || first > 0xF4 ? 0 : first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4;
        if (length == 0 || at + length > to) {
            return 0;
        }
        int second = utf8[at + 1] & 0xFF;
        int lowest = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80;
        int highest = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF;
        if (second < lowest || second > highest) {
            return 0;
        }
        for (int i = 2; i < length; i++) {
            if ((utf8[at + i] & 0xC0) != 0x80) {
                return 0;
            }
        }
        return length;
    }
}
