package tramontane.token;

import java.util.Arrays;
import tramontane.gguf.Texts;

/**
 * A map from byte strings to ids. All strings are stored in one array:
 *
 * <pre>
 *   slots    hash -> id, or -1        open addressing, at most half full
 *   from[id], to[id]                  position of the bytes of id in blob
 * </pre>
 */
final class PieceTable {
    static final int ABSENT = -1;

    private byte[] blob;
    private int used;
    private int[] slots;
    private int[] from;
    private int[] to;
    private int size;
    private int longest;

    /**
     * @param expected estimated number of strings; the table grows if there are more
     */
    PieceTable(int expected) {
        from = new int[Math.max(16, expected)];
        to = new int[from.length];
        blob = new byte[from.length * 8];
        slots = new int[Integer.highestOneBit(from.length) * 4];
        Arrays.fill(slots, ABSENT);
    }

    PieceTable(TableReader in) {
        blob = in.bytes();
        used = blob.length;
        slots = in.ints();
        from = in.ints();
        to = in.ints();
        size = in.number();
        longest = in.number();
    }

    void write(TableWriter out) {
        out.bytes(Arrays.copyOf(blob, used)).ints(slots).ints(from).ints(to);
        out.number(size).number(longest);
    }

    /** Maps {@code bytes} to {@code id}, unless they have an id already. */
    void add(int id, byte[] bytes) {
        add(id, bytes, 0, bytes.length);
    }

    /** Maps {@code bytes[start, end)} to {@code id}, unless they have an id already. */
    void add(int id, byte[] bytes, int start, int end) {
        int slot = slot(bytes, start, end);
        if (slots[slot] != ABSENT) {
            return;
        }
        store(id, bytes, start, end - start);
        slots[slot] = id;
        longest = Math.max(longest, end - start);
        if (++size * 2 > slots.length) {
            grow();
        }
    }

    int size() {
        return size;
    }

    int find(Texts texts, int index) {
        return find(texts.utf8(), texts.start(index), texts.end(index));
    }

    int find(byte[] bytes, int start, int end) {
        return end - start > longest ? ABSENT : slots[slot(bytes, start, end)];
    }

    private void store(int id, byte[] bytes, int start, int length) {
        if (id >= from.length) {
            int ids = Math.max(id + 1, from.length * 2);
            from = Arrays.copyOf(from, ids);
            to = Arrays.copyOf(to, ids);
        }
        if (used + length > blob.length) {
            blob = Arrays.copyOf(blob, Math.max(used + length, blob.length * 2));
        }
        System.arraycopy(bytes, start, blob, used, length);
        from[id] = used;
        used += length;
        to[id] = used;
    }

    private void grow() {
        int[] old = slots;
        slots = new int[old.length * 2];
        Arrays.fill(slots, ABSENT);
        for (int id : old) {
            if (id != ABSENT) {
                slots[slot(blob, from[id], to[id])] = id;
            }
        }
    }

    private int slot(byte[] bytes, int start, int end) {
        int hash = 0x811C9DC5; // FNV-1a
        for (int i = start; i < end; i++) {
            hash = (hash ^ bytes[i]) * 0x01000193;
        }
        int mask = slots.length - 1;
        int slot = (hash ^ hash >>> 15) & mask;
        while (slots[slot] != ABSENT && !same(slots[slot], bytes, start, end)) {
            slot = slot + 1 & mask;
        }
        return slot;
    }

    private boolean same(int id, byte[] bytes, int start, int end) {
        return Arrays.equals(blob, from[id], to[id], bytes, start, end);
    }
}
