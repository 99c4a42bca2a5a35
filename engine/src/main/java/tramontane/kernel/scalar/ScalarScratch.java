package tramontane.kernel.scalar;

import java.util.Optional;
import tramontane.kernel.Lanes;

/**
 * The buffers that the scalar kernels keep for each thread, so that no operation allocates. The
 * attention buffers are allocated on the first call and again for another head size.
 */
final class ScalarScratch {
    private static final ThreadLocal<ScalarScratch> OF_THREAD =
            ThreadLocal.withInitial(ScalarScratch::new);

    /** The sixteen virtual lanes of a sum. */
    final float[] lanes = new float[Lanes.COUNT];

    private Optional<ScalarAttention> attention = Optional.empty();

    static ScalarScratch ofThread() {
        return OF_THREAD.get();
    }

    ScalarAttention attention(int headSize) {
        if (attention.isEmpty() || attention.get().size != headSize) {
            attention = Optional.of(new ScalarAttention(headSize));
        }
        return attention.get();
    }
}
