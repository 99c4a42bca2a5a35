package tramontane.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Optional;

/**
 * The machine code of the operations on rows besides the matmul, and the bounds checks it lacks.
 */
final class EmittedRows {
    private static final int LANES = Lanes.COUNT;
    private static final int ALL_LANES = 0xFFFF;
    private static final MemorySegment EXP_CONSTANTS =
            Arena.global().allocateFrom(JAVA_FLOAT, Avx512Exponential.constants());

    private final MemorySegment add;
    private final MemorySegment scale;
    private final MemorySegment silu;
    private final MemorySegment gelu;
    private final MemorySegment rmsNorm;
    private final MemorySegment ropeHalves;
    private final MemorySegment ropeNeighbours;
    private final MemorySegment storeKeyValue;

    private EmittedRows(MemorySegment[] codes) {
        add = codes[0];
        scale = codes[1];
        silu = codes[2];
        gelu = codes[3];
        rmsNorm = codes[4];
        ropeHalves = codes[5];
        ropeNeighbours = codes[6];
        storeKeyValue = codes[7];
    }

    /** Nothing where the host refuses executable memory. */
    static Optional<EmittedRows> emit() {
        return ExecutableMemory.install(
                        Avx512Rows.add(),
                        Avx512Rows.scale(),
                        Avx512Rows.silu(),
                        Avx512Rows.gelu(),
                        Avx512Rows.rmsNorm(),
                        Avx512Rows.ropeHalves(),
                        Avx512Rows.ropeNeighbours(),
                        Avx512Rows.storeKeyValue())
                .map(EmittedRows::new);
    }

    private static long address(MemorySegment x, long from, long count) {
        Objects.checkFromIndexSize(4 * from, 4 * count, x.byteSize());
        if (!x.isNative()) {
            throw new IllegalArgumentException("emitted kernels work on memory outside the heap");
        }
        return x.address() + 4 * from;
    }

    // All whole vectors, then what is left under a mask.
    private static void elementwise(
            MemorySegment code, long x, long y, long count, long parameter) {
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

    /** Whether a row is whole vectors. */
    static boolean suits(int columns) {
        return columns % LANES == 0;
    }

    void rmsNorm(
            MemorySegment x,
            int stride,
            MemorySegment weight,
            int columns,
            float epsilon,
            MemorySegment out,
            int rows) {
        long weights = address(weight, 0, columns);
        for (int row = 0; row < rows; row++) {
            Downcalls.emitted(
                    rmsNorm,
                    address(x, (long) row * stride, columns),
                    weights,
                    address(out, (long) row * stride, columns),
                    columns / LANES,
                    Float.floatToRawIntBits(epsilon),
                    Float.floatToRawIntBits(columns),
                    0);
        }
    }

    void rope(
            MemorySegment row,
            int heads,
            int headSize,
            int rotated,
            MemorySegment table,
            boolean neox) {
        int pairs = rotated / 2;
        Downcalls.emitted(
                neox ? ropeHalves : ropeNeighbours,
                address(row, 0, (long) (heads - 1) * headSize + rotated),
                address(table, 0, rotated),
                heads,
                neox ? pairs / LANES : pairs / (LANES / 2),
                4L * headSize,
                4L * pairs,
                0);
    }

    void storeKeyValue(
            AttentionShape shape,
            MemorySegment key,
            MemorySegment value,
            MemorySegment cache,
            long tileOffset,
            int slot) {
        int size = shape.headSize();
        Objects.checkIndex(slot, AttentionShape.TILE);
        Objects.checkFromIndexSize(tileOffset, shape.tileBytes(), cache.byteSize());
        long width = (long) shape.kvHeads() * size;
        long tile = address(cache, 0, 0) + tileOffset;
        Downcalls.emitted(
                storeKeyValue,
                address(key, 0, width),
                address(value, 0, width),
                tile + 2L * slot,
                tile + 2L * AttentionShape.TILE * size + 2L * slot * size,
                size / LANES,
                shape.kvHeads(),
                shape.headTileBytes());
    }
}
