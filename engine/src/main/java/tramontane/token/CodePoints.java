package tramontane.token;

import java.io.ByteArrayOutputStream;
import java.util.BitSet;
import java.util.List;

/**
 * Text as code points, with a flag for each untrusted one. Unpaired surrogates become U+FFFD, so
 * every text can be written as UTF-8.
 */
record CodePoints(int[] values, int size, BitSet untrusted) {
    private static final int REPLACEMENT = 0xFFFD;

    static CodePoints of(List<Span> spans) {
        StringBuilder text = new StringBuilder();
        BitSet untrustedUnits = new BitSet();
        for (Span span : spans) {
            int start = text.length();
            text.append(span.text());
            if (!span.trusted()) {
                untrustedUnits.set(start, text.length());
            }
        }
        return of(text, untrustedUnits);
    }

    private static CodePoints of(CharSequence text, BitSet untrustedUnits) {
        int[] values = new int[text.length()];
        BitSet untrusted = new BitSet();
        int size = 0;
        for (int unit = 0; unit < text.length(); ) {
            int value = Character.codePointAt(text, unit);
            int end = unit + Character.charCount(value);
            if (untrustedUnits.get(unit) || untrustedUnits.get(end - 1)) {
                untrusted.set(size);
            }
            values[size++] = value >= 0xD800 && value <= 0xDFFF ? REPLACEMENT : value;
            unit = end;
        }
        return new CodePoints(values, size, untrusted);
    }

    /** Appends the UTF-8 of {@code value}, which must not be a surrogate. */
    static void writeUtf8(int value, ByteArrayOutputStream out) {
        if (value < 0x80) {
            out.write(value);
        } else if (value < 0x800) {
            out.write(0xC0 | value >> 6);
            out.write(0x80 | value & 0x3F);
        } else if (value < 0x10000) {
            out.write(0xE0 | value >> 12);
            out.write(0x80 | value >> 6 & 0x3F);
            out.write(0x80 | value & 0x3F);
        } else {
            out.write(0xF0 | value >> 18);
            out.write(0x80 | value >> 12 & 0x3F);
            out.write(0x80 | value >> 6 & 0x3F);
            out.write(0x80 | value & 0x3F);
        }
    }
}
