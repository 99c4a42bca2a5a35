package tramontane.token;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Reads what {@link TableWriter} has written, in the same order. Arrays are copied as a whole: a
 * loop over their elements would be interpreted, since a program reads them only once.
 */
final class TableReader {
    static final ValueLayout.OfInt INT =
            ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    static final ValueLayout.OfLong LONG =
            ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final MemorySegment tables;
    private long at;

    TableReader(MemorySegment tables) {
        this.tables = tables;
    }

    int number() {
        int number = tables.get(INT, at);
        at += 4;
        return number;
    }

    byte[] bytes() {
        int size = number();
        byte[] bytes = new byte[size];
        MemorySegment.copy(tables, ValueLayout.JAVA_BYTE, skip(size), bytes, 0, size);
        return bytes;
    }

    int[] ints() {
        int size = number();
        int[] ints = new int[size / 4];
        MemorySegment.copy(tables, INT, skip(size), ints, 0, ints.length);
        return ints;
    }

    long[] longs() {
        int size = number();
        long[] longs = new long[size / 8];
        MemorySegment.copy(tables, LONG, skip(size), longs, 0, longs.length);
        return longs;
    }

    private long skip(int size) {
        long start = at;
        at += size;
        return start;
    }
}
