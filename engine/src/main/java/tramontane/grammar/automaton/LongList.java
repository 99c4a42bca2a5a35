package tramontane.grammar.automaton;

import java.util.Arrays;

/** A growable list of longs. */
public final class LongList {
    private long[] items = new long[8];
    private int size;

    public void add(long item) {
        if (size == items.length) {
            items = Arrays.copyOf(items, size * 2);
        }
        items[size++] = item;
    }

    long get(int at) {
        return items[at];
    }

    public long removeLast() {
        return items[--size];
    }

    public int size() {
        return size;
    }

    public void clear() {
        size = 0;
    }

    /** The distinct items in ascending order. */
    public long[] sortedDistinct() {
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
