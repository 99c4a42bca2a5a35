package tramontane.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * What a thread needs besides its arguments, so that no operation allocates: the first call on a
 * thread does, and again a call with another head size or a longer context.
 */
final class Scratch {
    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

    /** The sixteen virtual lanes of a sum. */
    final float[] lanes = new float[Lanes.COUNT];

    private Optional<ScalarAttention> scalarAttention = Optional.empty();
    private Optional<VectorAttention> attention = Optional.empty();
    private Optional<VectorMatmul> matmul = Optional.empty();
    private Optional<VectorDecode> decode = Optional.empty();
    private Optional<VectorGates> gates = Optional.empty();
    private Optional<VectorQuantize> quantize = Optional.empty();

    private MemorySegment outside = MemorySegment.NULL;

    static Scratch ofThread() {
        return OF_THREAD.get();
    }

    ScalarAttention scalarAttention(int headSize) {
        if (scalarAttention.isEmpty() || scalarAttention.get().size != headSize) {
            scalarAttention = Optional.of(new ScalarAttention(headSize));
        }
        return scalarAttention.get();
    }

    VectorAttention attention(int headSize) {
        if (attention.isEmpty() || attention.get().size != headSize) {
            attention = Optional.of(new VectorAttention(headSize));
        }
        return attention.get();
    }

    /**
     * At least {@code bytes} bytes outside the heap, for emitted code; a next call may give the
     * same.
     */
    MemorySegment outside(long bytes) {
        if (outside.byteSize() < bytes) {
            outside = Arena.ofAuto().allocate(Math.max(bytes, 2 * outside.byteSize()), 64);
        }
        return outside;
    }

    VectorMatmul matmul() {
        if (matmul.isEmpty()) {
            matmul = Optional.of(new VectorMatmul());
        }
        return matmul.get();
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
