package tramontane.kernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/**
 * Rearranges the rows of one tensor into the groups drawn at {@link PackedMatrix}. Used by one
 * thread at a time.
 */
final class GroupPacking {
    private static final int ROWS = PackedMatrix.GROUP_ROWS;

    private final Tensor tensor;
    private final DType dtype;
    private final int blocks;

    /** One block of the group under construction. */
    private final byte[] packed;

    GroupPacking(Tensor tensor) {
        this.tensor = tensor;
        dtype = tensor.dtype();
        blocks = Math.toIntExact(tensor.columns() / dtype.blockElements());
        packed = new byte[PackedMatrix.groupBlockBytes(dtype)];
    }

    void packGroups(MemorySegment target, int from, int to) {
        for (int group = from; group < to; group++) {
            long at = (long) group * blocks * packed.length;
            if (dtype.isQuantized()) {
                packQuantized(group, target, at);
            } else {
                packFloats(group, target, at);
            }
        }
    }

    private int rowsOf(int group) {
        return (int) Math.min(ROWS, tensor.rows() - (long) group * ROWS);
    }

    private void packFloats(int group, MemorySegment target, long at) {
        int size = dtype.blockBytes();
        long rowBytes = dtype.rowBytes(tensor.columns());
        MemorySegment rows = tensor.data();
        Arrays.fill(packed, (byte) 0);
        for (int block = 0; block < blocks; block++) {
            for (int r = 0; r < rowsOf(group); r++) {
                long source = ((long) group * ROWS + r) * rowBytes + (long) block * size;
                for (int i = 0; i < size; i++) {
                    packed[r * size + i] = rows.get(ValueLayout.JAVA_BYTE, source + i);
                }
            }
            MemorySegment.copy(
                    packed,
                    0,
                    target,
                    ValueLayout.JAVA_BYTE,
                    at + (long) block * packed.length,
                    packed.length);
        }
    }

    private void packQuantized(int group, MemorySegment target, long at) {
        WeightBlock block = new WeightBlock(dtype);
        long rowBytes = dtype.rowBytes(tensor.columns());
        for (int b = 0; b < blocks; b++) {
            Arrays.fill(packed, (byte) 0);
            for (int r = 0; r < rowsOf(group); r++) {
                block.read(
                        tensor.data(),
                        ((long) group * ROWS + r) * rowBytes + (long) b * dtype.blockBytes());
                packRow(block, r);
            }
            MemorySegment.copy(
                    packed,
                    0,
                    target,
                    ValueLayout.JAVA_BYTE,
                    at + (long) b * packed.length,
                    packed.length);
        }
    }

    private void packRow(WeightBlock block, int r) {
        switch (dtype) {
            case Q4_0 -> {
                putNibbles(block, 0, 0, r);
                putHalf(256, r, block.scale);
            }
            case Q4_1 -> {
                putNibbles(block, 0, 0, r);
                putHalf(256, r, block.scale);
                putHalf(288, r, block.minimum);
            }
            case Q5_0 -> {
                putNibbles(block, 0, 0, r);
                putFifth(block, 0, 256, r);
                putHalf(320, r, block.scale);
            }
            case Q5_1 -> {
                putNibbles(block, 0, 0, r);
                putFifth(block, 0, 256, r);
                putHalf(320, r, block.scale);
                putHalf(352, r, block.minimum);
            }
            case Q8_0 -> {
                for (int k = 0; k < 32; k++) {
                    packed[k / 4 * 64 + r * 4 + k % 4] = block.codes[k];
                }
                putHalf(512, r, block.scale);
            }
            case Q4_K, Q5_K -> packTwoFactors(block, r);
            case Q6_K -> packQ6K(block, r);
            case F16, BF16, F32 -> throw new IllegalArgumentException(dtype + " has no blocks");
        }
    }

    private void packTwoFactors(WeightBlock block, int r) {
        putHalf(0, r, block.scale);
        putHalf(32, r, block.minimum);
        int partBytes = (packed.length - 64) / 8;
        for (int part = 0; part < 8; part++) {
            int at = 64 + part * partBytes;
            putNibbles(block, part * 32, at, r);
            if (dtype == DType.Q5_K) {
                putFifth(block, part * 32, at + 256, r);
            }
            packed[at + partBytes - 32 + r] = block.scaleFactors[part];
            packed[at + partBytes - 16 + r] = block.minimumFactors[part];
        }
    }

    private void packQ6K(WeightBlock block, int r) {
        putHalf(0, r, block.scale);
        for (int part = 0; part < 8; part++) {
            int at = 32 + part * 416;
            putNibbles(block, part * 32, at, r);
            for (int k = 0; k < 16; k++) {
                int bits =
                        block.codes[part * 32 + k] >> 4 & 3
                                | (block.codes[part * 32 + 16 + k] >> 4 & 3) << 2;
                packed[at + 256 + k / 8 * 64 + r * 4 + k % 4] |= (byte) (bits << k / 4 % 2 * 4);
            }
            packed[at + 384 + r] = block.scaleFactors[2 * part];
            packed[at + 400 + r] = block.scaleFactors[2 * part + 1];
        }
    }

    private void putNibbles(WeightBlock block, int column, int at, int r) {
        for (int k = 0; k < 16; k++) {
            int low = block.codes[column + k] & 15;
            int high = block.codes[column + 16 + k] & 15;
            packed[at + k / 4 * 64 + r * 4 + k % 4] = (byte) (low | high << 4);
        }
    }

    private void putFifth(WeightBlock block, int column, int at, int r) {
        for (int k = 0; k < 16; k++) {
            int low = block.codes[column + k] >> 4 & 1;
            int high = block.codes[column + 16 + k] >> 4 & 1;
            packed[at + r * 4 + k % 4] |= (byte) ((low | high << 1) << k / 4 * 2);
        }
    }

    private void putHalf(int at, int r, short bits) {
        packed[at + 2 * r] = (byte) bits;
        packed[at + 2 * r + 1] = (byte) (bits >> 8);
    }
}
