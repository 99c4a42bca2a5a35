package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.util.List;
import tramontane.kernel.Kernels;
import tramontane.kernel.Workers;

/**
 * Brings the weights of a product to the threads that will multiply them: to each worker the first
 * slice that it takes ({@link Claims}).
 */
final class ReadAhead implements Workers.Ahead {
    /** Between two pieces a thread looks whether it is needed: every tenth of a microsecond. */
    private static final int PIECE_BYTES = 2048;

    /** Half of the smallest second-level cache that is usual. */
    private static final int MAX_PIECES = (512 << 10) / PIECE_BYTES;

    private final Kernels kernels;
    private final List<List<MemorySegment>> weights;

    /**
     * @param weights for each worker, those of its first slice in the order of their use
     */
    ReadAhead(Kernels kernels, List<List<MemorySegment>> weights) {
        this.kernels = kernels;
        this.weights = weights;
    }

    @Override
    public boolean run(int worker, int piece) {
        if (worker >= weights.size() || piece >= MAX_PIECES) {
            return false;
        }
        long at = (long) piece * PIECE_BYTES;
        for (MemorySegment each : weights.get(worker)) {
            if (at < each.byteSize()) {
                kernels.prefetch(each.asSlice(at, Math.min(PIECE_BYTES, each.byteSize() - at)));
                return true;
            }
            at -= Math.ceilDiv(each.byteSize(), PIECE_BYTES) * PIECE_BYTES;
        }
        return false;
    }
}
