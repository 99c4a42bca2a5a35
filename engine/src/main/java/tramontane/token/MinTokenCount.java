package tramontane.token;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A lower bound for the number of tokens of a text, without tokenizing it. A table has the maximum
 * length of the tokens that start with each pair of bytes. The bound is the minimum number of jumps
 * to the end of the text, with these lengths as the maximum jump from each position (the greedy
 * solution of the "jump game").
 *
 * <p>Every tokenization of the text is a sequence of such jumps, so none has fewer tokens.
 */
final class MinTokenCount {
    private static final int REPLACEMENT = 0xFFFD;
    private static final int NOTHING = -1;

    private final int[] maxLengths;

    MinTokenCount() {
        maxLengths = new int[1 << 16];
        Arrays.fill(maxLengths, 1);
    }

    MinTokenCount(TableReader in) {
        maxLengths = in.ints();
    }

    void write(TableWriter out) {
        out.ints(maxLengths);
    }

    /** Adds a token that covers {@code length} bytes of a text, which start with {@code bytes}. */
    void add(byte[] bytes, int length) {
        add(bytes, 0, bytes.length, length);
    }

    /** The same for a text that starts with {@code bytes[from, to)}. */
    void add(byte[] bytes, int from, int to, int length) {
        if (to - from > 1) {
            int pair = (bytes[from] & 0xFF) << 8 | bytes[from + 1] & 0xFF;
            maxLengths[pair] = Math.max(maxLengths[pair], length);
        }
    }

    /** Assumes that every pair of bytes can start the longest token. */
    void loosen() {
        Arrays.fill(maxLengths, Arrays.stream(maxLengths).max().orElse(1));
    }

    /** Assumes that a token can cover any text: then nothing is known about the count. */
    void disable() {
        Arrays.fill(maxLengths, Integer.MAX_VALUE);
    }

    /**
     * Returns a beginning of the text that certainly has more than {@code max} tokens, or the whole
     * text if there is none.
     */
    List<Span> cut(List<Span> spans, int max) {
        if (spans.stream().mapToLong(span -> span.text().length()).sum() <= max) {
            return spans;
        }
        List<Span> kept = new ArrayList<>();
        Count count = new Count(maxLengths);
        for (Span span : spans) {
            String text = span.text();
            int end = 0;
            while (end < text.length() && count.tokens <= max) {
                end += count.take(text, end);
            }
            kept.add(
                    end == text.length() ? span : new Span(text.substring(0, end), span.trusted()));
        }
        return kept;
    }

    /** Counts the jumps over a text that is added byte by byte. */
    private static final class Count {
        private final int[] maxLengths;
        private int tokens;
        private long position;
        private long end;
        private long reach;
        private int before = NOTHING;

        Count(int[] maxLengths) {
            this.maxLengths = maxLengths;
        }

        /** Adds the code point at {@code at}, and returns its number of UTF-16 units. */
        int take(String text, int at) {
            int value = text.codePointAt(at);
            int units = Character.charCount(value);
            if (value >= Character.MIN_SURROGATE && value <= Character.MAX_SURROGATE) {
                value = REPLACEMENT;
            }
            if (value < 0x80) {
                take(value);
                return units;
            }
            int rest = value < 0x800 ? 1 : value < 0x10000 ? 2 : 3;
            take(
                    rest == 1
                            ? 0xC0 | value >> 6
                            : rest == 2 ? 0xE0 | value >> 12 : 0xF0 | value >> 18);
            while (rest > 0) {
                take(0x80 | value >> 6 * --rest & 0x3F);
            }
            return units;
        }

        /** Adds a byte. A token may start at the previous byte, whose pair is known now. */
        private void take(int value) {
            if (before != NOTHING) {
                reach = Math.max(reach, position - 1 + maxLengths[before << 8 | value]);
                if (position - 1 == end) {
                    tokens++;
                    end = reach;
                }
            }
            before = value;
            position++;
        }
    }
}
