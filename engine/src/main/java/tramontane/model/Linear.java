package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import tramontane.kernel.PackedMatrix;

/** A linear layer with an optional bias: y = W x + b. */
record Linear(PackedMatrix matrix, Optional<MemorySegment> bias) {
    int outputs() {
        return matrix.rows();
    }

    /** True if it multiplies the int8 form of its input. */
    boolean isQuantized() {
        return matrix.dtype().isQuantized();
    }
}
