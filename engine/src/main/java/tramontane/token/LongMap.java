package tramontane.token;

import java.util.Arrays;

/**
 * A map from non-negative longs to non-negative longs without boxing: a hash table with open
 * addressing that is at most half full.
 */
final class LongMap {
    static final long ABSENT = -1;

    private long[] keys;
    private long[] values;
    private int size;

    /**
     * @param expected estimated number of keys; the table grows if there are more
     */
    LongMap(int expected) {
        keys = new long[Integer.highestOneBit(Math.max(16, expected)) * 4];
        values = new long[keys.length];
        Arrays.fill(keys, ABSENT);
    }

    LongMap(TableReader in) {
        keys = in.longs();
        values = in.longs();
        size = in.number();
    }

    void write(TableWriter out) {
        out.longs(keys).longs(values).number(size);
    }

    long get(long key) {
        int slot = slot(keys, key);
        return keys[slot] == key ? values[slot] : ABSENT;
    }

    void putIfAbsent(long key, long value) {
        int slot = slot(keys, key);
        if (keys[slot] == key) {
            return;
        }
        keys[slot] = key;
        values[slot] = value;
        if (++size * 2 > keys.length) {
            grow();
        }
    }

    private void grow() {
        long[] oldKeys = keys;
        long[] oldValues = values;
        keys = new long[oldKeys.length * 2];
        values = new long[oldKeys.length * 2];
        Arrays.fill(keys, ABSENT);
        for (int i = 0; i < oldKeys.length; i++) {
            if (oldKeys[i] != ABSENT) {
                int slot = slot(keys, oldKeys[i]);
                keys[slot] = oldKeys[i];
                values[slot] = oldValues[i];
            }
        }
    }

    private static int slot(long[] keys, long key) {
        int mask = keys.length - 1;
        long mixed = key * 0x9E3779B97F4A7C15L;
        int slot = (int) (mixed >>> 32) & mask;
        while (keys[slot] != key && keys[slot] != ABSENT) {
            slot = slot + 1 & mask;
        }
        return slot;
    }
}
