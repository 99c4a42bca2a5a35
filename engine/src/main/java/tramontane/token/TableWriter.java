package tramontane.token;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes the tables of a tokenizer as bytes for {@link TableReader}: numbers and arrays, one after
 * the other.
 *
 * <pre>
 * number   i32
 * array    bytes u32 | elements        little-endian, not aligned
 * </pre>
 */
final class TableWriter {
    private final List<MemorySegment> parts = new ArrayList<>();
    private long size;

    TableWriter number(int number) {
        MemorySegment stored = MemorySegment.ofArray(new byte[4]);
        stored.set(TableReader.INT, 0, number);
        return add(stored);
    }

    TableWriter bytes(byte... bytes) {
        return array(MemorySegment.ofArray(bytes));
    }

    TableWriter ints(int... ints) {
        MemorySegment stored = MemorySegment.ofArray(new byte[4 * ints.length]);
        MemorySegment.copy(ints, 0, stored, TableReader.INT, 0, ints.length);
        return array(stored);
    }

    TableWriter longs(long... longs) {
        MemorySegment stored = MemorySegment.ofArray(new byte[8 * longs.length]);
        MemorySegment.copy(longs, 0, stored, TableReader.LONG, 0, longs.length);
        return array(stored);
    }

    private TableWriter array(MemorySegment stored) {
        number(Math.toIntExact(stored.byteSize()));
        return add(stored);
    }

    private TableWriter add(MemorySegment part) {
        parts.add(part);
        size += part.byteSize();
        return this;
    }

    byte[] toBytes() {
        byte[] all = new byte[Math.toIntExact(size)];
        MemorySegment target = MemorySegment.ofArray(all);
        long at = 0;
        for (MemorySegment part : parts) {
            target.asSlice(at).copyFrom(part);
            at += part.byteSize();
        }
        return all;
    }
}
