package tramontane.kernel.vector;

import java.util.Optional;
import tramontane.kernel.Lanes;

/**
 * The buffers that the vector kernels keep for each thread, so that no operation allocates. A
 * buffer is allocated on the first call that needs it, and again for another head size.
 */
final class VectorScratch {
    private static final ThreadLocal<VectorScratch> OF_THREAD =
            ThreadLocal.withInitial(VectorScratch::new);

    /** The sixteen virtual lanes of a sum. */
    final float[] lanes = new float[Lanes.COUNT];

    private Optional<VectorAttention> attention = Optional.empty();
    private Optional<VectorMatmul> matmul = Optional.empty();
    private Optional<VectorPairs> pairs = Optional.empty();
    private Optional<VectorDecode> decode = Optional.empty();
    private Optional<VectorGates> gates = Optional.empty();
    private Optional<VectorQuantize> quantize = Optional.empty();

    static VectorScratch ofThread() {
        return OF_THREAD.get();
    }

    VectorAttention attention(int headSize) {
        if (attention.isEmpty() || attention.get().size != headSize) {
            attention = Optional.of(new VectorAttention(headSize));
        }
        return attention.get();
    }

    VectorMatmul matmul() {
        if (matmul.isEmpty()) {
            matmul = Optional.of(new VectorMatmul());
        }
        return matmul.get();
    }

    VectorPairs pairs() {
        if (pairs.isEmpty()) {
            pairs = Optional.of(new VectorPairs());
        }
        return pairs.get();
    }

    VectorDecode decode() {
        if (decode.isEmpty()) {
            decode = Optional.of(new VectorDecode());
        }
        return decode.get();
    }

    VectorQuantize quantize() {
        if (quantize.isEmpty()) {
            quantize = Optional.of(new VectorQuantize());
        }
        return quantize.get();
    }

    VectorGates gates() {
        if (gates.isEmpty()) {
            gates = Optional.of(new VectorGates());
        }
        return gates.get();
    }
}
