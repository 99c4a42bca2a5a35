package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Downcalls;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Lanes;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.RopeShape;

/**
 * The machine code of the operations on rows other than matmul, with the bounds checks that it
 * lacks.
 */
final class EmittedRows {
    private static final int LANES = Lanes.COUNT;
    private static final int ALL_LANES = 0xFFFF;

    /** Bytes of a cache line. */
    private static final int LINE_BYTES = 64;

    /** Elements of an array that are copied at a time; they fit a first-level cache. */
    private static final int PIECE = 2048;

    private static final MemorySegment EXP_CONSTANTS =
            Arena.global().allocateFrom(JAVA_FLOAT, ExponentialCode.constants());

    private final int bits;
    private final MemorySegment add;
    private final MemorySegment scale;
    private final MemorySegment silu;
    private final MemorySegment gelu;
    private final MemorySegment rmsNorm;
    private final MemorySegment ropeHalves;
    private final MemorySegment ropeNeighbours;
    private final MemorySegment storeKeyValue;
    private final MemorySegment exp;
    private final MemorySegment prefetch;
    private final MemorySegment softmax;

    private EmittedRows(int bits, MemorySegment[] codes) {
        this.bits = bits;
        add = codes[0];
        scale = codes[1];
        silu = codes[2];
        gelu = codes[3];
        rmsNorm = codes[4];
        ropeHalves = codes[5];
        ropeNeighbours = codes[6];
        storeKeyValue = codes[7];
        exp = codes[8];
        prefetch = codes[9];
        softmax = codes[10];
    }

    /** Empty if the host refuses executable memory. */
    static Optional<EmittedRows> emit(InstructionSet set) {
        int bits = set.bits();
        return ExecutableMemory.install(
                        RowsCode.add(bits),
                        RowsCode.scale(bits),
                        RowsCode.silu(bits),
                        RowsCode.gelu(bits),
                        RowsCode.rmsNorm(bits),
                        RowsCode.ropeHalves(bits),
                        RowsCode.ropeNeighbours(bits),
                        RowsCode.storeKeyValue(bits),
                        RowsCode.exp(bits),
                        RowsCode.prefetch(bits),
                        SoftmaxCode.emit(bits))
                .map(codes -> new EmittedRows(bits, codes));
    }

    private static long address(MemorySegment x, long from, long count) {
        Objects.checkFromIndexSize(4 * from, 4 * count, x.byteSize());
        if (!x.isNative()) {
            throw new IllegalArgumentException("emitted kernels work on memory outside the heap");
        }
        return x.address() + 4 * from;
    }

    // With 512 bits, first all whole vectors, then the rest under a mask.
    private void elementwise(MemorySegment code, long x, long y, long count, long parameter) {
        if (bits < 512) {
            Downcalls.emitted(code, x, y, count / LANES, count % LANES, parameter, 0, 0);
            return;
        }
        if (count >= LANES) {
            Downcalls.emitted(code, x, y, count / LANES, ALL_LANES, parameter, 0, 0);
        }
        if (count % LANES != 0) {
            long done = 4 * (count - count % LANES);
            long mask = (1L << count % LANES) - 1;
            Downcalls.emitted(code, x + done, y + done, 1, mask, parameter, 0, 0);
        }
    }

    void add(MemorySegment x, MemorySegment y, long count) {
        elementwise(add, address(x, 0, count), address(y, 0, count), count, 0);
    }

    void addBias(MemorySegment x, int stride, MemorySegment bias, int columns, int rows) {
        long biases = address(bias, 0, columns);
        for (int row = 0; row < rows; row++) {
            elementwise(add, address(x, (long) row * stride, columns), biases, columns, 0);
        }
    }

    void scale(MemorySegment x, float factor, long count) {
        long at = address(x, 0, count);
        elementwise(scale, at, at, count, Float.floatToRawIntBits(factor));
    }

    void siluMultiply(MemorySegment gate, MemorySegment up, long count) {
        long constants = EXP_CONSTANTS.address();
        elementwise(silu, address(gate, 0, count), address(up, 0, count), count, constants);
    }

    void geluMultiply(MemorySegment gate, MemorySegment up, long count) {
        long constants = EXP_CONSTANTS.address();
        elementwise(gelu, address(gate, 0, count), address(up, 0, count), count, constants);
    }

    void prefetch(MemorySegment memory) {
        long lines = memory.byteSize() / LINE_BYTES;
        if (lines > 0 && memory.isNative()) {
            Downcalls.emitted(prefetch, memory.address(), lines, 0, 0, 0, 0, 0);
        }
    }

    /** Emitted code cannot reach an array in the heap, which may move. */
    void exp(float[] x) {
        MemorySegment piece = NativeScratch.ofThread(4L * PIECE);
        long address = piece.address();
        for (int from = 0; from < x.length; from += PIECE) {
            int count = Math.min(PIECE, x.length - from);
            MemorySegment.copy(x, from, piece, JAVA_FLOAT, 0, count);
            elementwise(exp, address, address, count, EXP_CONSTANTS.address());
            MemorySegment.copy(piece, JAVA_FLOAT, 0, x, from, count);
        }
    }

    /** Whether a row is a whole number of vectors. */
    static boolean supports(int columns) {
        return columns % LANES == 0;
    }

    /** Whether the pairs of a head are a whole number of vectors. */
    static boolean supports(RopeShape shape) {
        return supports(shape.neox() ? shape.pairs() : shape.rotated());
    }

    void rmsNorm(RmsNorm norm, MemorySegment x, MemorySegment out, int stride, int rows) {
        int columns = norm.columns();
        long weights = address(norm.weight(), 0, columns);
        for (int row = 0; row < rows; row++) {
            Downcalls.emitted(
                    rmsNorm,
                    address(x, (long) row * stride, columns),
                    weights,
                    address(out, (long) row * stride, columns),
                    columns / LANES,
                    Float.floatToRawIntBits(norm.epsilon()),
                    Float.floatToRawIntBits(columns),
                    0);
        }
    }

    void softmax(Fp32Rows x, int rows, int columns, float scale, MemorySegment sums) {
        long out = address(sums, 0, rows);
        for (int row = 0; row < rows; row++) {
            Downcalls.emitted(
                    softmax,
                    address(x.values(), (long) row * x.stride(), columns),
                    columns / LANES,
                    Float.floatToRawIntBits(scale),
                    EXP_CONSTANTS.address(),
                    out + 4L * row,
                    0,
                    0);
        }
    }

    void rope(RopeShape shape, MemorySegment row, int heads, MemorySegment table) {
        int pairs = shape.pairs();
        long elements = (long) (heads - 1) * shape.headSize() + shape.rotated();
        Downcalls.emitted(
                shape.neox() ? ropeHalves : ropeNeighbours,
                address(row, 0, elements),
                address(table, 0, shape.rotated()),
                heads,
                shape.neox() ? pairs / LANES : pairs / (LANES / 2),
                4L * shape.headSize(),
                4L * pairs,
                0);
    }

    void storeKeyValue(
            AttentionShape shape,
            MemorySegment key,
            MemorySegment value,
            MemorySegment tile,
            int slot) {
        int size = shape.headSize();
        Objects.checkIndex(slot, AttentionShape.TILE);
        long width = (long) shape.kvHeads() * size;
        long keys = address(tile, 0, shape.tileBytes() / 4);
        Downcalls.emitted(
                storeKeyValue,
                address(key, 0, width),
                address(value, 0, width),
                keys + 2L * slot,
                keys + 2L * AttentionShape.TILE * size + 2L * slot * size,
                size / LANES,
                shape.kvHeads(),
                shape.headTileBytes());
    }
}
