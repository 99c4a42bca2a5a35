package tramontane.kernel;

import static java.nio.ByteOrder.LITTLE_ENDIAN;
import static tramontane.kernel.VectorRows.load;
import static tramontane.kernel.VectorWidth.FLOATS;
import static tramontane.kernel.VectorWidth.LANES;

import java.lang.foreign.MemorySegment;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

/** {@link Exponential} on vectors, and the gates made of it. */
final class VectorGates {
    private VectorGates() {}

    static void siluMultiply(MemorySegment gate, MemorySegment up, long count) {
        long whole = count - count % LANES;
        for (long i = 0; i < whole; i += LANES) {
            FloatVector v = load(gate, 4 * i);
            FloatVector silu = v.div(exp(v.neg()).add(1f));
            silu.mul(load(up, 4 * i)).intoMemorySegment(gate, 4 * i, LITTLE_ENDIAN);
        }
        for (long i = whole; i < count; i++) {
            float silu = Exponential.silu(ScalarKernels.get(gate, i));
            ScalarKernels.set(gate, i, silu * ScalarKernels.get(up, i));
        }
    }

    static void geluMultiply(MemorySegment gate, MemorySegment up, long count) {
        long whole = count - count % LANES;
        for (long i = 0; i < whole; i += LANES) {
            FloatVector v = load(gate, 4 * i);
            FloatVector factor =
                    FloatVector.broadcast(FLOATS, Exponential.GELU_CUBIC)
                            .fma(v.mul(v), FloatVector.broadcast(FLOATS, Exponential.GELU_LINEAR));
            FloatVector gelu = v.div(exp(v.mul(factor)).add(1f));
            gelu.mul(load(up, 4 * i)).intoMemorySegment(gate, 4 * i, LITTLE_ENDIAN);
        }
        for (long i = whole; i < count; i++) {
            float gelu = Exponential.gelu(ScalarKernels.get(gate, i));
            ScalarKernels.set(gate, i, gelu * ScalarKernels.get(up, i));
        }
    }

    /** The sequence of {@link Exponential#exp}. */
    static FloatVector exp(FloatVector argument) {
        FloatVector low =
                argument.blend(
                        Exponential.MIN, argument.compare(VectorOperators.LT, Exponential.MIN));
        FloatVector x =
                low.blend(Exponential.MAX, low.compare(VectorOperators.GT, Exponential.MAX));
        FloatVector rounded =
                x.fma(
                        FloatVector.broadcast(FLOATS, Exponential.LOG2_E),
                        FloatVector.broadcast(FLOATS, Exponential.ROUND));
        FloatVector minusN = FloatVector.broadcast(FLOATS, Exponential.ROUND).sub(rounded);
        FloatVector r = minusN.fma(FloatVector.broadcast(FLOATS, Exponential.LN2_HIGH), x);
        r = minusN.fma(FloatVector.broadcast(FLOATS, Exponential.LN2_LOW), r);
        FloatVector p =
                r.fma(
                        FloatVector.broadcast(FLOATS, Exponential.C6),
                        FloatVector.broadcast(FLOATS, Exponential.C5));
        p = p.fma(r, FloatVector.broadcast(FLOATS, Exponential.C4));
        p = p.fma(r, FloatVector.broadcast(FLOATS, Exponential.C3));
        p = p.fma(r, FloatVector.broadcast(FLOATS, Exponential.C2));
        FloatVector one = FloatVector.broadcast(FLOATS, 1f);
        p = p.fma(r, one).fma(r, one);
        IntVector exponent = rounded.reinterpretAsInts().sub(Exponential.ROUND_BITS);
        IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
        return p.mul(powerOfTwo(half)).mul(powerOfTwo(exponent.sub(half)));
    }

    private static FloatVector powerOfTwo(IntVector exponent) {
        return exponent.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
    }
}
