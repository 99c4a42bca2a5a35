package tramontane.token;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Knows a lower bound of how many tokens a text has, without tokenizing it. By the first two bytes
 * of a token it knows the length of the longest one that begins so; then the fewest tokens that can
 * cover the text are found like the fewest jumps over an array of greatest jump lengths.
 *
 * <p>Any sequence of tokens that spells a text covers it in such jumps, so no tokenization of it
 * has fewer.
 */
final class TokenFloor {
    private static final int REPLACEMENT = 0xFFFD;
    private static final int NOTHING = -1;

    private final int[] longest = new int[1 << 16];

    TokenFloor() {
        Arrays.fill(longest, 1);
    }

    /** Takes in that a token covers so many bytes of a text that begin with {@code bytes}. */
    void add(byte[] bytes, int length) {
        if (bytes.length > 1) {
            int pair = (bytes[0] & 0xFF) << 8 | bytes[1] & 0xFF;
            longest[pair] = Math.max(longest[pair], length);
        }
    }

    /** Forgets which bytes tokens begin with: any may be as long as the longest. */
    void loosen() {
        Arrays.fill(longest, Arrays.stream(longest).max().orElse(1));
    }

    /**
     * The beginning of a text that has more than {@code most} tokens for certain; all of it where
     * that is not certain.
     */
    List<Span> cut(List<Span> spans, int most) {
        if (spans.stream().mapToLong(span -> span.text().length()).sum() <= most) {
            return spans;
        }
        List<Span> kept = new ArrayList<>();
        Count count = new Count(longest);
        for (Span span : spans) {
            String text = span.text();
            int end = 0;
            while (end < text.length() && count.tokens <= most) {
                end += count.take(text, end);
            }
            kept.add(
                    end == text.length() ? span : new Span(text.substring(0, end), span.trusted()));
        }
        return kept;
    }

    /** The jumps so far over a text that comes byte by byte. */
    private static final class Count {
        private final int[] longest;
        private int tokens;
        private long position;
        private long end;
        private long reach;
        private int before = NOTHING;

        Count(int[] longest) {
            this.longest = longest;
        }

        /** Takes the code point that begins at {@code at}; returns its UTF-16 units. */
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

        /** A token may begin at the byte before this one. */
        private void take(int value) {
            if (before != NOTHING) {
                reach = Math.max(reach, position - 1 + longest[before << 8 | value]);
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
