package tramontane.grammar.regex;

import java.util.Arrays;

/** A growing list of longs. */
final class LongList {
    private long[] items = new long[8];
    private int size;

    void add(long item) {
        if (size == items.length) {
            items = Arrays.copyOf(items, size * 2);
        }
        items[size++] = item;
    }

    long get(int at) {
        return items[at];
    }

    long removeLast() {
        return items[--size];
    }

    int size() {
        return size;
    }

    void clear() {
        size = 0;
    }

    /** The items in ascending order, each once. */
    long[] sortedDistinct() {
        if (size == 1) {
            return new long[] {items[0]};
        }
        Arrays.sort(items, 0, size);
        int distinct = 0;
        for (int i = 0; i < size; i++) {
            if (distinct == 0 || items[distinct - 1] != items[i]) {
                items[distinct++] = items[i];
            }
        }
        size = distinct;
        return Arrays.copyOf(items, distinct);
    }
}
