package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import tramontane.kernel.PackedMatrix;
import tramontane.tensor.DType;

/**
 * A linear layer with an optional bias: y = s W x + b.
 *
 * @param scale s, which files in NVFP4 have for a whole matrix; 1 for others
 */
record Linear(PackedMatrix matrix, float scale, Optional<MemorySegment> bias) {
    Linear(PackedMatrix matrix, Optional<MemorySegment> bias) {
        this(matrix, 1, bias);
    }

    /** Some groups of outputs; only without a bias. */
    Linear part(int groupFrom, int groupTo) {
        return new Linear(matrix.slice(groupFrom, groupTo), scale, Optional.empty());
    }

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
