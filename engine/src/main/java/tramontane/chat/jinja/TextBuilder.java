package tramontane.chat.jinja;

import java.util.Arrays;

/** Builds a {@link Text}. Every added character counts against the budget. */
final class TextBuilder {
    private final Budget budget;
    private final StringBuilder chars = new StringBuilder();
    private int[] trusted = new int[8];
    private int used;

    TextBuilder(Budget budget) {
        this.budget = budget;
    }

    TextBuilder append(Text text) {
        return append(text, 0, text.length());
    }

    TextBuilder append(Text text, int from, int to) {
        int start = chars.length();
        budget.grow(start, to - from);
        chars.append(text.chars(), from, to);
        int[] ranges = text.trustedRanges();
        for (int i = firstEndingAfter(ranges, from); i < ranges.length && ranges[i] < to; i += 2) {
            mark(
                    start + Math.max(ranges[i], from) - from,
                    start + Math.min(ranges[i + 1], to) - from);
        }
        return this;
    }

    TextBuilder append(String text, boolean isTrusted) {
        int start = chars.length();
        budget.grow(start, text.length());
        chars.append(text);
        if (isTrusted) {
            mark(start, chars.length());
        }
        return this;
    }

    int length() {
        return chars.length();
    }

    Text build() {
        return chars.isEmpty()
                ? Text.EMPTY
                : new Text(chars.toString(), Arrays.copyOf(trusted, used), false);
    }

    private static int firstEndingAfter(int[] ranges, int position) {
        int low = 0;
        int high = ranges.length / 2;
        while (low < high) {
            int middle = (low + high) >>> 1;
            if (ranges[2 * middle + 1] > position) {
                high = middle;
            } else {
                low = middle + 1;
            }
        }
        return 2 * low;
    }

    private void mark(int from, int to) {
        if (from == to) {
            return;
        }
        if (used > 0 && trusted[used - 1] == from) {
            trusted[used - 1] = to;
            return;
        }
        if (used + 2 > trusted.length) {
            trusted = Arrays.copyOf(trusted, 2 * trusted.length);
        }
        trusted[used++] = from;
        trusted[used++] = to;
    }
}
