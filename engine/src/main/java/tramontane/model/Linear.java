package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import tramontane.kernel.PackedMatrix;
import tramontane.tensor.DType;

/** A linear layer with an optional bias: y = W x + b. */
record Linear(PackedMatrix matrix, Optional<MemorySegment> bias) {
    int outputs() {
        return matrix.rows();
    }

    /** True if it multiplies the int8 form of its input. */
    boolean isQuantized() {
        return matrix.dtype().isQuantized();
    }

    /** True if it multiplies the bf16 form of its input. */
    boolean isRounded() {
        return matrix.dtype() == DType.BF16_PAIRS;
    }
}
