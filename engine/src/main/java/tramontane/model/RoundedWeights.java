package tramontane.model;

import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.AtomicBoolean;
import tramontane.kernel.Bfloat16;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/** Converts fp16 and bf16 weights to BF16_PAIRS. */
final class RoundedWeights {
    private static final ValueLayout.OfShort SHORT =
            JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private RoundedWeights() {}

    /**
     * Converts in place. Magnitudes below {@link Bfloat16#MIN} become 0.
     *
     * @param exact cleared if a weight is no bf16 number; then the result is of no use
     */
    static Tensor convert(Tensor tensor, AtomicBoolean exact) {
        MemorySegment data = tensor.data();
        boolean isHalf = tensor.dtype() == DType.F16;
        long count = tensor.rows() * tensor.columns();
        for (long i = 0; i < count && exact.get(); i++) {
            short bits = data.get(SHORT, 2 * i);
            float value = isHalf ? Float.float16ToFloat(bits) : Bfloat16.of(bits);
            int converted = Float.floatToRawIntBits(value);
            if ((converted & 0xFFFF) != 0) {
                exact.set(false);
            }
            boolean isZero = Math.abs(value) < Bfloat16.MIN;
            data.set(SHORT, 2 * i, isZero ? 0 : (short) (converted >>> 16));
        }
        return new Tensor(tensor.name(), DType.BF16_PAIRS, tensor.rows(), tensor.columns(), data);
    }
}
