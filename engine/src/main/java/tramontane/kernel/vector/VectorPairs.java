package tramontane.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static tramontane.kernel.vector.VectorWidth.FLOATS;
import static tramontane.kernel.vector.VectorWidth.INTS;
import static tramontane.kernel.vector.VectorWidth.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import tramontane.kernel.Activations;
import tramontane.kernel.Bfloat16;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.MatmulShape;
import tramontane.kernel.PackedMatrix;

/**
 * Products of bf16 with the Vector API, four rows of activations at a time. The bf16 form of
 * activations is that of the scalar kernels. An instance has the buffer of one thread.
 */
final class VectorPairs {
    private static final int ROWS = 4;
    private static final int UPPER_HALF = 0xFFFF_0000;

    /** The bf16 form of four rows, one after the other. */
    private float[] inputs = {};

    /** The sums of four rows of one group. */
    private final float[] sums = new float[ROWS * PackedMatrix.GROUP_ROWS];

    static void round(Activations a, int from, int to) {
        for (int row = from; row < to; row++) {
            long in = 4L * row * a.stride();
            roundRow(a.values(), in, a.rounded(), 4L * row * a.roundedStride(), a.columns());
        }
    }

    static void roundColumns(Fp32Rows x, Activations a, int block, int blocks) {
        MatmulShape.checkColumns(x, a, block, blocks);
        for (int row = 0; row < a.rows(); row++) {
            long out = 4L * row * a.roundedStride() + 4L * block * Bfloat16.BLOCK;
            roundRow(x.values(), 4L * row * x.stride(), a.rounded(), out, blocks * Bfloat16.BLOCK);
        }
    }

    private static void roundRow(
            MemorySegment in, long from, MemorySegment out, long to, int count) {
        int whole = count - count % LANES;
        for (int i = 0; i < whole; i += LANES) {
            FloatVector x = FloatVector.fromMemorySegment(FLOATS, in, from + 4L * i, LITTLE_ENDIAN);
            IntVector bits = x.reinterpretAsInts();
            IntVector odd = bits.lanewise(VectorOperators.LSHR, 16).and(1);
            IntVector rounded = bits.add(0x7FFF).add(odd).and(UPPER_HALF);
            IntVector.zero(INTS)
                    .blend(rounded, x.abs().compare(VectorOperators.GE, Bfloat16.MIN).cast(INTS))
                    .intoMemorySegment(out, to + 4L * i, LITTLE_ENDIAN);
        }
        for (int i = whole; i < count; i++) {
            out.set(JAVA_FLOAT, to + 4L * i, Bfloat16.round(in.get(JAVA_FLOAT, from + 4L * i)));
        }
    }

    void multiply(PackedMatrix w, int groupFrom, int groupTo, Activations a, Fp32Rows out) {
        int columns = Bfloat16.padded(w.columns());
        if (inputs.length < ROWS * columns) {
            inputs = new float[ROWS * columns];
        }
        for (int row = 0; row < a.rows(); row += ROWS) {
            int count = Math.min(ROWS, a.rows() - row);
            for (int r = 0; r < ROWS; r++) {
                // Behind the last row, the last row again; its results are not used.
                long from = 4L * (row + Math.min(r, count - 1)) * a.roundedStride();
                MemorySegment.copy(a.rounded(), JAVA_FLOAT, from, inputs, r * columns, columns);
            }
            for (int group = groupFrom; group < groupTo; group++) {
                multiplyGroup(w.data(), group * w.groupBytes(), inputs, columns, sums);
                for (int r = 0; r < count; r++) {
                    MemorySegment.copy(
                            sums,
                            r * PackedMatrix.GROUP_ROWS,
                            out.values(),
                            JAVA_FLOAT,
                            4L * ((long) (row + r) * out.stride() + 16L * group),
                            PackedMatrix.GROUP_ROWS);
                }
            }
        }
    }

    private static void multiplyGroup(
            MemorySegment w, long at, float[] inputs, int columns, float[] sums) {
        for (int lane = 0; lane < PackedMatrix.GROUP_ROWS; lane += LANES) {
            FloatVector zero = FloatVector.zero(FLOATS);
            FloatVector s0 = zero;
            FloatVector s1 = zero;
            FloatVector s2 = zero;
            FloatVector s3 = zero;
            for (int block = 0; block < columns; block += Bfloat16.BLOCK) {
                FloatVector even0 = zero;
                FloatVector even1 = zero;
                FloatVector even2 = zero;
                FloatVector even3 = zero;
                FloatVector odd0 = zero;
                FloatVector odd1 = zero;
                FloatVector odd2 = zero;
                FloatVector odd3 = zero;
                for (int k = block; k < block + Bfloat16.BLOCK; k += 2) {
                    IntVector pairs =
                            IntVector.fromMemorySegment(
                                    INTS, w, at + 32L * k + 4L * lane, LITTLE_ENDIAN);
                    FloatVector even =
                            pairs.lanewise(VectorOperators.LSHL, 16).reinterpretAsFloats();
                    FloatVector odd = pairs.and(UPPER_HALF).reinterpretAsFloats();
                    even0 = FloatVector.broadcast(FLOATS, inputs[k]).fma(even, even0);
                    even1 = FloatVector.broadcast(FLOATS, inputs[k + columns]).fma(even, even1);
                    even2 = FloatVector.broadcast(FLOATS, inputs[k + 2 * columns]).fma(even, even2);
                    even3 = FloatVector.broadcast(FLOATS, inputs[k + 3 * columns]).fma(even, even3);
                    odd0 = FloatVector.broadcast(FLOATS, inputs[k + 1]).fma(odd, odd0);
                    odd1 = FloatVector.broadcast(FLOATS, inputs[k + 1 + columns]).fma(odd, odd1);
                    odd2 =
                            FloatVector.broadcast(FLOATS, inputs[k + 1 + 2 * columns])
                                    .fma(odd, odd2);
                    odd3 =
                            FloatVector.broadcast(FLOATS, inputs[k + 1 + 3 * columns])
                                    .fma(odd, odd3);
                }
                s0 = s0.add(even0.add(odd0));
                s1 = s1.add(even1.add(odd1));
                s2 = s2.add(even2.add(odd2));
                s3 = s3.add(even3.add(odd3));
            }
            s0.intoArray(sums, lane);
            s1.intoArray(sums, PackedMatrix.GROUP_ROWS + lane);
            s2.intoArray(sums, 2 * PackedMatrix.GROUP_ROWS + lane);
            s3.intoArray(sums, 3 * PackedMatrix.GROUP_ROWS + lane);
        }
    }
}
