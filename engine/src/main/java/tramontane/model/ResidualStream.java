package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.RmsNorm;

/**
 * The rows to which each layer adds the results of its attention and of its feed-forward network.
 *
 * <pre>
 * x += product             column by column, while the product is in the cache
 * x += norm(product)       the norm needs whole rows, so the product is written to memory
 * </pre>
 */
final class ResidualStream {
    private final Compute compute;
    private final FusedProducts products;
    private final Fp32Rows x;
    private final Fp32Rows branch;

    ResidualStream(int width, FusedProducts products, int maxRows, SegmentAllocator memory) {
        this.compute = products.compute();
        this.products = products;
        x = new Fp32Rows(memory.allocate(4L * maxRows * width, 64), width);
        branch = new Fp32Rows(memory.allocate(4L * maxRows * width, 64), width);
    }

    /** Bytes that a stream of this size allocates. */
    static long bufferBytes(int width, int maxRows) {
        return 8L * maxRows * width;
    }

    /** Rows {@code from} to {@code to}. */
    MemorySegment slice(int from, int to) {
        return x.slice(from, to);
    }

    /** Adds {@code linear * in}, or its norm. */
    void add(Activations in, Linear linear, Optional<RmsNorm> norm) {
        if (norm.isPresent()) {
            compute.multiply(new Compute.Product(linear, in, branch));
            addBranch(in.rows(), norm);
        } else {
            products.add(in, linear, x);
        }
    }

    /** Rows for a result that is not one product; {@link #addBranch} adds them. */
    Fp32Rows branch() {
        return branch;
    }

    void addBranch(int rows, Optional<RmsNorm> norm) {
        int width = x.stride();
        compute.forRows(
                rows,
                (from, to) -> {
                    MemorySegment part = branch.slice(from, to);
                    norm.ifPresent(
                            each -> compute.kernels.rmsNorm(each, part, part, width, to - from));
                    compute.kernels.add(x.slice(from, to), part, (long) (to - from) * width);
                });
    }
}
