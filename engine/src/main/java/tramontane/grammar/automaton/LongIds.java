package tramontane.grammar.automaton;

import java.util.Arrays;

/** Assigns the ids 0, 1, 2, ... to distinct longs: a hash table without boxing. */
public final class LongIds {
    private static final long SPREAD = 0x9E3779B97F4A7C15L;

    private long[] keys = new long[16];
    private int[] slots = new int[32];
    private int size;

    public LongIds() {
        Arrays.fill(slots, -1);
    }

    public int size() {
        return size;
    }

    public long key(int id) {
        return keys[id];
    }

    /** The id of {@code key}. If the key is new, {@link #size} grows. */
    public int id(long key) {
        int at = (int) (key * SPREAD >>> 32) & slots.length - 1;
        while (slots[at] >= 0) {
            if (keys[slots[at]] == key) {
                return slots[at];
            }
            at = at + 1 & slots.length - 1;
        }
        if (size == keys.length) {
            keys = Arrays.copyOf(keys, size * 2);
            grow();
            return id(key);
        }
        keys[size] = key;
        slots[at] = size;
        return size++;
    }

    private void grow() {
        slots = new int[keys.length * 2];
        Arrays.fill(slots, -1);
        for (int i = 0; i < size; i++) {
            int at = (int) (keys[i] * SPREAD >>> 32) & slots.length - 1;
            while (slots[at] >= 0) {
                at = at + 1 & slots.length - 1;
            }
            slots[at] = i;
        }
    }
}
