package tramontane.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.function.Consumer;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/**
 * Compares emitted code with the scalar kernels on small inputs, once, before it is used: a wrong
 * byte of machine code, or a CPU that disagrees, must show here and not in an answer.
 */
final class KernelCheck {
    private final int tileRows;
    private final Arena arena;

    /** A counter through a mixing function: the same bytes every time, of every kind. */
    private long state;

    private KernelCheck(int tileRows, Arena arena) {
        this.tileRows = tileRows;
        this.arena = arena;
    }

    /** Whether every tile height of a format's code gives the bits of the definition. */
    static boolean isRight(EmittedMatmul matmul, DType dtype, int tileRows) {
        try (Arena arena = Arena.ofConfined()) {
            return new KernelCheck(tileRows, arena).isMatmulRight(matmul, dtype);
        }
    }

    /** Whether two groups are packed into the bytes of the definition. */
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

    /** Whether activations become the bytes of the definition. */
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

    // A row's result does not depend on the tile it lies in, so one scalar result serves all
    // heights.
    private boolean isMatmulRight(EmittedMatmul matmul, DType dtype) {
        int columns = dtype.isQuantized() ? Math.max(64, dtype.blockElements()) : 8;
        PackedMatrix w = PackedMatrix.pack(tensor(dtype, 16, columns), arena);
        Activations a = activations(tileRows, columns);
        MemorySegment expected = arena.allocate(64L * tileRows, 64);
        ScalarMatmul.quantize(a, 0, tileRows);
        ScalarMatmul.matmul(w, 0, 1, a, expected, 16);
        MemorySegment actual = arena.allocate(64L * tileRows, 64);
        for (int height = 1; height <= tileRows; height++) {
            a.rows(height);
            ScalarMatmul.quantize(a, 0, height);
            matmul.multiply(w, 0, 1, a, actual, 16);
            if (actual.asSlice(0, 64L * height).mismatch(expected.asSlice(0, 64L * height)) >= 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Whether attention gives the bits of the definition, on a tile seen whole and tiles seen in
     * part.
     */
    static boolean isRight(EmittedAttention attention, AttentionShape shape) {
        try (Arena arena = Arena.ofConfined()) {
            int heads = shape.groupSize();
            AttentionShape one = new AttentionShape(heads, 1, shape.headSize(), shape.scale(), 20);
            return new KernelCheck(1, arena).isAttentionRight(attention, one);
        }
    }

    private boolean isAttentionRight(EmittedAttention attention, AttentionShape shape) {
        int rows = attention.blockRows() + 1;
        // The window reaches back into the section before.
        int position = AttentionShape.SECTION;
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
        new ScalarKernels()
                .attention(shape, query, width, rows, position, cache, offsets, 0, expected);
        attention.attend(shape, query, width, rows, position, cache, offsets, 0, actual);
        return actual.mismatch(expected) < 0;
    }

    /** Whether every operation on rows gives the bits of the definition. */
    static boolean areRight(EmittedRows rows) {
        try (Arena arena = Arena.ofConfined()) {
            KernelCheck check = new KernelCheck(1, arena);
            Kernels scalar = new ScalarKernels();
            MemorySegment y = check.values(64);
            AttentionShape shape = new AttentionShape(2, 2, 16, 1f, 0);
            MemorySegment x = check.values(shape.tileBytes() / 4);
            return check.isSame(x, a -> rows.add(a, y, 37), a -> scalar.add(a, y, 37))
                    && check.isSame(x, a -> rows.scale(a, 3f, 37), a -> scalar.scale(a, 3f, 37))
                    && check.isSame(
                            x, a -> rows.siluMultiply(a, y, 37), a -> scalar.siluMultiply(a, y, 37))
                    && check.isSame(
                            x, a -> rows.geluMultiply(a, y, 37), a -> scalar.geluMultiply(a, y, 37))
                    && check.isSame(
                            x,
                            a -> rows.rmsNorm(a, 48, y, 48, 1e-5f, a, 2),
                            a -> scalar.rmsNorm(a, 48, y, 48, 1e-5f, a, 2))
                    && check.isSame(
                            x,
                            a -> rows.rope(a, 2, 48, 32, y, true),
                            a -> scalar.rope(a, 2, 48, 32, y, true))
                    && check.isSame(
                            x,
                            a -> rows.rope(a, 2, 48, 32, y, false),
                            a -> scalar.rope(a, 2, 48, 32, y, false))
                    && check.isSame(
                            x,
                            a -> rows.storeKeyValue(shape, y, y, a, 0, 5),
                            a -> scalar.storeKeyValue(shape, y, y, a, 0, 5));
        }
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
        // Bit 14 of an fp16 number clear: no infinity and no NaN. Bit 30 of fp32 and 14 of bf16
        // likewise.
        int[] halves =
                switch (dtype) {
                    case Q4_0, Q5_0, Q8_0, F16, BF16 -> new int[] {1};
                    case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {1, 3};
                    case Q6_K -> new int[] {209};
                    case F32 -> new int[] {3};
                };
        for (long block = 0; block < bytes.byteSize(); block += dtype.blockBytes()) {
            for (int half : halves) {
                bytes.set(JAVA_BYTE, block + half, (byte) (next() & 0xBF));
            }
        }
        return new Tensor("check", dtype, rows, columns, bytes);
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
