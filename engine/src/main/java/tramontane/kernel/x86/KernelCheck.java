package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Consumer;
import tramontane.kernel.Activations;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.KvHead;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.QueryRows;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.RopeShape;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.kernel.scalar.ScalarMatmul;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/**
 * Compares emitted code with the scalar kernels on small inputs before its first use. A wrong byte
 * of machine code, or a CPU that computes something else, is found here and not in an answer.
 */
final class KernelCheck {
    private final int tileRows;
    private final Arena arena;

    /** State of the random generator. It always starts at 0, so each check sees the same bytes. */
    private long state;

    private KernelCheck(int tileRows, Arena arena) {
        this.tileRows = tileRows;
        this.arena = arena;
    }

    /** Whether the code of a format gives the bits of the definition at every tile height. */
    static boolean isRight(EmittedMatmul matmul, DType dtype, int tileRows) {
        try (Arena arena = Arena.ofConfined()) {
            return new KernelCheck(tileRows, arena).isMatmulRight(matmul, dtype);
        }
    }

    /** Whether two groups are packed into the same bytes as by the definition. */
    static boolean isRight(EmittedPacking packing, DType dtype) {
        try (Arena arena = Arena.ofConfined()) {
            int columns = 2 * PackingCode.stepColumns(dtype);
            Tensor tensor = new KernelCheck(1, arena).tensor(dtype, 32, columns);
            PackedMatrix expected = PackedMatrix.pack(tensor, arena);
            PackedMatrix actual = PackedMatrix.allocate(tensor, arena);
            packing.packGroups(tensor, actual, 0, 2);
            return actual.data().mismatch(expected.data()) < 0;
        }
    }

    /** Whether activations are quantized to the same bytes as by the definition. */
    static boolean isQuantizeRight(Kernels candidate) {
        try (Arena arena = Arena.ofConfined()) {
            Activations a =
                    new KernelCheck(candidate.tileRows(), arena)
                            .activations(candidate.tileRows() + 1, 96);
            ScalarMatmul.quantize(a, 0, a.rows());
            byte[] expected = a.quantized().toArray(JAVA_BYTE);
            a.quantized().fill((byte) 0);
            candidate.quantize(a, 0, a.rows());
            return Arrays.equals(a.quantized().toArray(JAVA_BYTE), expected);
        }
    }

    // The result of a row does not depend on its tile, so one scalar result serves all heights.
    private boolean isMatmulRight(EmittedMatmul matmul, DType dtype) {
        int columns = dtype.isQuantized() ? Math.max(64, dtype.blockElements()) : 8;
        PackedMatrix w = PackedMatrix.pack(tensor(dtype, 16, columns), arena);
        Activations a = activations(tileRows, columns);
        MemorySegment expected = arena.allocate(64L * tileRows, 64);
        ScalarMatmul.quantize(a, 0, tileRows);
        ScalarMatmul.matmul(w, 0, 1, a, new Fp32Rows(expected, 16));
        MemorySegment actual = arena.allocate(64L * tileRows, 64);
        for (int height = 1; height <= tileRows; height++) {
            a.rows(height);
            ScalarMatmul.quantize(a, 0, height);
            matmul.multiply(w, 0, 1, a, new Fp32Rows(actual, 16));
            if (actual.asSlice(0, 64L * height).mismatch(expected.asSlice(0, 64L * height)) >= 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether the code of a format for panels gives the bits of the definition at every tile
     * height, in two pieces: one that takes a turn of the loop, and an odd number of blocks.
     */
    static boolean isRight(EmittedPanel panel, DType dtype, int tileRows) {
        try (Arena arena = Arena.ofConfined()) {
            return new KernelCheck(tileRows, arena).isPanelRight(panel, dtype);
        }
    }

    private boolean isPanelRight(EmittedPanel panel, DType dtype) {
        boolean isSmall = dtype.blockElements() == Activations.BLOCK;
        int columns = isSmall ? 7 * Activations.BLOCK : 2 * dtype.blockElements();
        PackedMatrix w = PackedMatrix.pack(tensor(dtype, 32, columns), arena);
        Activations a = activations(tileRows, columns);
        MemorySegment expected = arena.allocate(128L * tileRows, 64);
        ScalarMatmul.quantize(a, 0, tileRows);
        ScalarMatmul.matmul(w, 0, 2, a, new Fp32Rows(expected, 32));
        MemorySegment actual = arena.allocate(128L * tileRows, 64);
        for (int height = 1; height <= tileRows; height++) {
            a.rows(height);
            ScalarMatmul.quantize(a, 0, height);
            panel.multiply(w, a, new Fp32Rows(actual, 32), 4);
            if (actual.asSlice(0, 128L * height).mismatch(expected.asSlice(0, 128L * height))
                    >= 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether attention gives the bits of the definition, on a tile that is visible as a whole and
     * on tiles that are visible in part.
     */
    static boolean isRight(EmittedAttention attention, AttentionShape shape) {
        try (Arena arena = Arena.ofConfined()) {
            int heads = shape.groupSize();
            AttentionShape one = new AttentionShape(heads, 1, shape.headSize(), shape.scale(), 20);
            // More tiles than are computed together, and one more.
            AttentionShape all = new AttentionShape(heads, 1, shape.headSize(), shape.scale(), 0);
            KernelCheck check = new KernelCheck(1, arena);
            // The window reaches into the previous section.
            return check.isAttentionRight(
                            attention, one, AttentionShape.SECTION, attention.blockRows() + 1)
                    && check.isAttentionRight(attention, all, 6 * AttentionShape.TILE, 1);
        }
    }

    private boolean isAttentionRight(
            EmittedAttention attention, AttentionShape shape, int position, int rows) {
        int firstTile = shape.firstVisible(position) / AttentionShape.TILE;
        int lastTile = (position + rows - 1) / AttentionShape.TILE;
        int width = shape.queryHeads() * shape.headSize();
        MemorySegment cache = arena.allocate((lastTile - firstTile + 1L) * shape.tileBytes(), 64);
        for (long i = 0; i < cache.byteSize() / 2; i++) {
            cache.setAtIndex(JAVA_SHORT, i, Float.floatToFloat16((int) next() * 0x1p-31f));
        }
        long[] offsets = new long[lastTile + 1];
        for (int tile = firstTile; tile <= lastTile; tile++) {
            offsets[tile] = (long) (lastTile - tile) * shape.tileBytes();
        }
        MemorySegment query = activations(rows, width).values();
        MemorySegment expected = arena.allocate(4L * rows * width, 64);
        MemorySegment actual = arena.allocate(4L * rows * width, 64);
        KvHead head = new KvHead(shape, cache, offsets, 0);
        QueryRows queries = new QueryRows(query, width, rows, position);
        new ScalarKernels().attention(head, queries, expected);
        attention.attend(head, queries, actual);
        return actual.mismatch(expected) < 0;
    }

    /** Whether every operation on rows gives the bits of the definition. */
    static boolean areRight(EmittedRows rows) {
        try (Arena arena = Arena.ofConfined()) {
            KernelCheck check = new KernelCheck(1, arena);
            Kernels scalar = new ScalarKernels();
            MemorySegment y = check.values(64);
            RmsNorm norm = new RmsNorm(y, 48, 1e-5f);
            RopeShape halves = new RopeShape(48, 32, true);
            RopeShape neighbours = new RopeShape(48, 32, false);
            AttentionShape shape = new AttentionShape(2, 2, 16, 1f, 0);
            MemorySegment x = check.values(shape.tileBytes() / 4);
            return check.isExpRight(rows, scalar)
                    && check.isSame(x, a -> rows.add(a, y, 37), a -> scalar.add(a, y, 37))
                    && check.isSame(x, a -> rows.scale(a, 3f, 37), a -> scalar.scale(a, 3f, 37))
                    && check.isSame(
                            x, a -> rows.siluMultiply(a, y, 37), a -> scalar.siluMultiply(a, y, 37))
                    && check.isSame(
                            x, a -> rows.geluMultiply(a, y, 37), a -> scalar.geluMultiply(a, y, 37))
                    && check.isSame(
                            x,
                            a -> rows.rmsNorm(norm, a, a, 48, 2),
                            a -> scalar.rmsNorm(norm, a, a, 48, 2))
                    && check.isSame(
                            x,
                            a -> rows.softmax(new Fp32Rows(a, 48), 2, 32, 0.7f, a.asSlice(512)),
                            a -> scalar.softmax(new Fp32Rows(a, 48), 2, 32, 0.7f, a.asSlice(512)))
                    && check.isSame(
                            x, a -> rows.rope(halves, a, 2, y), a -> scalar.rope(halves, a, 2, y))
                    && check.isSame(
                            x,
                            a -> rows.rope(neighbours, a, 2, y),
                            a -> scalar.rope(neighbours, a, 2, y))
                    && check.isSame(
                            x,
                            a -> rows.storeKeyValue(shape, y, y, a, 5),
                            a -> scalar.storeKeyValue(shape, y, y, a, 5));
        }
    }

    private boolean isExpRight(EmittedRows rows, Kernels scalar) {
        float[] actual = values(48).toArray(JAVA_FLOAT);
        actual[0] = Float.NEGATIVE_INFINITY;
        float[] expected = actual.clone();
        rows.exp(actual);
        scalar.exp(expected);
        return Arrays.equals(actual, expected);
    }

    private MemorySegment values(int count) {
        return activations(1, count).values();
    }

    private boolean isSame(
            MemorySegment x, Consumer<MemorySegment> emitted, Consumer<MemorySegment> scalar) {
        MemorySegment actual = arena.allocate(x.byteSize(), 64).copyFrom(x);
        MemorySegment expected = arena.allocate(x.byteSize(), 64).copyFrom(x);
        emitted.accept(actual);
        scalar.accept(expected);
        return actual.mismatch(expected) < 0;
    }

    private Tensor tensor(DType dtype, int rows, int columns) {
        MemorySegment bytes = arena.allocate(rows * dtype.rowBytes(columns));
        for (long i = 0; i < bytes.byteSize(); i++) {
            bytes.set(JAVA_BYTE, i, (byte) next());
        }
        // Clears bit 14 of fp16 and bf16 numbers and bit 30 of fp32 numbers, so that there is no
        // infinity and no NaN.
        int[] halves =
                switch (dtype) {
                    case Q4_0, Q5_0, Q8_0, IQ4_NL, F16, BF16, INT3_16, FP4_32 -> new int[] {1};
                    case BF16_PAIRS -> new int[] {1, 3};
                    case Q4_1, Q5_1, Q4_K, Q5_K, FP4_16 -> new int[] {1, 3};
                    case Q2_K -> new int[] {81, 83};
                    case LUT4_32, LUT4_16 -> new int[] {3};
                    case Q6_K -> new int[] {209};
                    case F32 -> new int[] {3};
                };
        for (long block = 0; block < bytes.byteSize(); block += dtype.blockBytes()) {
            for (int half : halves) {
                bytes.set(JAVA_BYTE, block + half, (byte) (next() & 0xBF));
            }
        }
        if (dtype == DType.LUT4_32 || dtype == DType.LUT4_16) {
            shareTable(bytes, dtype);
        }
        return new Tensor("check", dtype, rows, columns, bytes);
    }

    /** Gives all blocks the look-up table of the first one. */
    private static void shareTable(MemorySegment bytes, DType dtype) {
        for (long block = 0; block < bytes.byteSize(); block += dtype.blockBytes()) {
            MemorySegment.copy(bytes, 4, bytes, block + 4, 16);
        }
    }

    private Activations activations(int rows, int columns) {
        Activations a = new Activations(rows, columns, tileRows, arena);
        for (long i = 0; i < (long) rows * a.stride(); i++) {
            a.values().setAtIndex(JAVA_FLOAT, i, (int) next() * 0x1p-24f);
        }
        return a;
    }

    // The finalizer of splitmix64.
    private long next() {
        state += 0x9E3779B97F4A7C15L;
        long mixed = (state ^ state >>> 30) * 0xBF58476D1CE4E5B9L;
        mixed = (mixed ^ mixed >>> 27) * 0x94D049BB133111EBL;
        return mixed ^ mixed >>> 31;
    }
}
