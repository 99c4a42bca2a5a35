package tramontane.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static tramontane.kernel.vector.VectorWidth.FLOATS;
import static tramontane.kernel.vector.VectorWidth.LANES;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import tramontane.kernel.Exponential;
import tramontane.kernel.Lanes;

/**
 * {@link Exponential} on vectors, and the activation functions that use it. An instance has the
 * buffer of one thread.
 */
final class VectorGates {
    private static final int PIECE = 256;

    /** Arguments of the exponential, which are replaced by its results. */
    private final float[] powers = new float[PIECE];

    /** The sixteen virtual lanes of a sum. */
    private final float[] lanes = new float[Lanes.COUNT];

    void siluMultiply(MemorySegment gate, MemorySegment up, long count) {
        long whole = count - count % LANES;
        for (long start = 0; start < whole; start += PIECE) {
            int length = (int) Math.min(PIECE, whole - start);
            negate(gate, 4 * start, length, powers);
            exp(powers, 0, length);
            finish(gate, up, 4 * start, length, powers);
        }
        for (long i = whole; i < count; i++) {
            float silu = Exponential.silu(gate.getAtIndex(JAVA_FLOAT, i));
            gate.setAtIndex(JAVA_FLOAT, i, silu * up.getAtIndex(JAVA_FLOAT, i));
        }
    }

    void geluMultiply(MemorySegment gate, MemorySegment up, long count) {
        long whole = count - count % LANES;
        for (long start = 0; start < whole; start += PIECE) {
            int length = (int) Math.min(PIECE, whole - start);
            cubic(gate, 4 * start, length, powers);
            exp(powers, 0, length);
            finish(gate, up, 4 * start, length, powers);
        }
        for (long i = whole; i < count; i++) {
            float gelu = Exponential.gelu(gate.getAtIndex(JAVA_FLOAT, i));
            gate.setAtIndex(JAVA_FLOAT, i, gelu * up.getAtIndex(JAVA_FLOAT, i));
        }
    }

    void gelu(MemorySegment x, long count) {
        long whole = count - count % LANES;
        for (long start = 0; start < whole; start += PIECE) {
            int length = (int) Math.min(PIECE, whole - start);
            halfSquare(x, 4 * start, length, powers);
            exp(powers, 0, length);
            finishGelu(x, 4 * start, length, powers);
        }
        for (long i = whole; i < count; i++) {
            x.setAtIndex(JAVA_FLOAT, i, Exponential.exactGelu(x.getAtIndex(JAVA_FLOAT, i)));
        }
    }

    /** {@code out = -x^2 / 2}. */
    private static void halfSquare(MemorySegment x, long at, int length, float[] out) {
        for (int i = 0; i < length; i += LANES) {
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, x, at + 4L * i, LITTLE_ENDIAN);
            v.mul(v).mul(-0.5f).intoArray(out, i);
        }
    }

    /** The operations of {@link Exponential#exactGelu} around the exponential. */
    private static void finishGelu(MemorySegment x, long at, int length, float[] powers) {
        FloatVector one = FloatVector.broadcast(FLOATS, 1f);
        for (int i = 0; i < length; i += LANES) {
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, x, at + 4L * i, LITTLE_ENDIAN);
            FloatVector magnitude = v.abs();
            FloatVector t =
                    one.div(magnitude.fma(FloatVector.broadcast(FLOATS, Exponential.ERF_P), one));
            t.fma(
                            FloatVector.broadcast(FLOATS, Exponential.ERF_5),
                            FloatVector.broadcast(FLOATS, Exponential.ERF_4))
                    .fma(t, FloatVector.broadcast(FLOATS, Exponential.ERF_3))
                    .fma(t, FloatVector.broadcast(FLOATS, Exponential.ERF_2))
                    .fma(t, FloatVector.broadcast(FLOATS, Exponential.ERF_1))
                    .mul(t)
                    .mul(FloatVector.fromArray(FLOATS, powers, i))
                    .fma(magnitude.neg(), v.max(0f))
                    .intoMemorySegment(x, at + 4L * i, LITTLE_ENDIAN);
        }
    }

    /** Replaces {@code x} by the exponentials of its softmax and returns their sum. */
    float softmax(MemorySegment x, int columns, float scale) {
        float offset = -(maximum(x, columns) * scale);
        Arrays.fill(lanes, 0f);
        for (int start = 0; start < columns; start += PIECE) {
            int length = Math.min(PIECE, columns - start);
            differences(x, 4L * start, length, scale, offset);
            exp(powers, 0, length);
            sumLanes(length);
            MemorySegment.copy(powers, 0, x, JAVA_FLOAT, 4L * start, length);
        }
        return Lanes.sum(lanes);
    }

    private static float maximum(MemorySegment x, int columns) {
        FloatVector maximum = FloatVector.broadcast(FLOATS, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < columns; i += LANES) {
            maximum = maximum.max(FloatVector.fromMemorySegment(FLOATS, x, 4L * i, LITTLE_ENDIAN));
        }
        return maximum.reduceLanes(VectorOperators.MAX);
    }

    private void differences(MemorySegment x, long at, int length, float scale, float offset) {
        FloatVector scales = FloatVector.broadcast(FLOATS, scale);
        FloatVector offsets = FloatVector.broadcast(FLOATS, offset);
        for (int i = 0; i < length; i += LANES) {
            FloatVector.fromMemorySegment(FLOATS, x, at + 4L * i, LITTLE_ENDIAN)
                    .fma(scales, offsets)
                    .intoArray(powers, i);
        }
    }

    private void sumLanes(int length) {
        for (int lane = 0; lane < Lanes.COUNT; lane += LANES) {
            FloatVector sum = FloatVector.fromArray(FLOATS, lanes, lane);
            for (int i = lane; i < length; i += Lanes.COUNT) {
                sum = sum.add(FloatVector.fromArray(FLOATS, powers, i));
            }
            sum.intoArray(lanes, lane);
        }
    }

    private static void negate(MemorySegment gate, long at, int length, float[] out) {
        for (int i = 0; i < length; i += LANES) {
            FloatVector.fromMemorySegment(FLOATS, gate, at + 4L * i, LITTLE_ENDIAN)
                    .neg()
                    .intoArray(out, i);
        }
    }

    private static void cubic(MemorySegment gate, long at, int length, float[] out) {
        FloatVector linear = FloatVector.broadcast(FLOATS, Exponential.GELU_LINEAR);
        FloatVector cubic = FloatVector.broadcast(FLOATS, Exponential.GELU_CUBIC);
        for (int i = 0; i < length; i += LANES) {
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, gate, at + 4L * i, LITTLE_ENDIAN);
            cubic.fma(v.mul(v), linear).mul(v).intoArray(out, i);
        }
    }

    /** {@code gate = gate / (1 + power) * up}. */
    private static void finish(
            MemorySegment gate, MemorySegment up, long at, int length, float[] powers) {
        for (int i = 0; i < length; i += LANES) {
            FloatVector v = FloatVector.fromMemorySegment(FLOATS, gate, at + 4L * i, LITTLE_ENDIAN);
            v.div(FloatVector.fromArray(FLOATS, powers, i).add(1f))
                    .mul(FloatVector.fromMemorySegment(FLOATS, up, at + 4L * i, LITTLE_ENDIAN))
                    .intoMemorySegment(gate, at + 4L * i, LITTLE_ENDIAN);
        }
    }

    /** The operations of {@link Exponential#exp}, in place, on a whole number of vectors. */
    static void exp(float[] x, int from, int to) {
        for (int i = from; i < to; i += LANES) {
            FloatVector argument = FloatVector.fromArray(FLOATS, x, i);
            FloatVector low =
                    argument.blend(
                            Exponential.MIN, argument.compare(VectorOperators.LT, Exponential.MIN));
            FloatVector v =
                    low.blend(Exponential.MAX, low.compare(VectorOperators.GT, Exponential.MAX));
            FloatVector round = FloatVector.broadcast(FLOATS, Exponential.ROUND);
            FloatVector rounded = v.fma(FloatVector.broadcast(FLOATS, Exponential.LOG2_E), round);
            FloatVector minusN = round.sub(rounded);
            FloatVector r = minusN.fma(FloatVector.broadcast(FLOATS, Exponential.LN2_HIGH), v);
            r = minusN.fma(FloatVector.broadcast(FLOATS, Exponential.LN2_LOW), r);
            FloatVector one = FloatVector.broadcast(FLOATS, 1f);
            FloatVector p =
                    r.fma(
                                    FloatVector.broadcast(FLOATS, Exponential.C6),
                                    FloatVector.broadcast(FLOATS, Exponential.C5))
                            .fma(r, FloatVector.broadcast(FLOATS, Exponential.C4))
                            .fma(r, FloatVector.broadcast(FLOATS, Exponential.C3))
                            .fma(r, FloatVector.broadcast(FLOATS, Exponential.C2))
                            .fma(r, one)
                            .fma(r, one);
            IntVector exponent = rounded.reinterpretAsInts().sub(Exponential.ROUND_BITS);
            IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
            IntVector rest = exponent.sub(half);
            p.mul(half.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats())
                    .mul(rest.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats())
                    .intoArray(x, i);
        }
    }
}
