package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import tramontane.kernel.Activations;
import tramontane.kernel.Kernels;

/** The gated feed-forward network (Shazeer 2020): down(act(gate(x)) * up(x)). */
final class FeedForward {
    /**
     * @param gelu whether the gate's activation is gelu, else silu
     */
    record Layer(Linear gate, Linear up, Linear down, boolean gelu) {}

    private final Compute compute;
    private final Activations hidden;
    private final MemorySegment up;
    private final int stride;

    FeedForward(ModelConfig config, Compute compute, int maxRows, SegmentAllocator memory) {
        this.compute = compute;
        this.stride = config.feedForward();
        this.hidden = new Activations(maxRows, stride, compute.kernels.tileRows(), memory);
        this.up = memory.allocate(4L * maxRows * stride, 64);
    }

    /** What a feed-forward network allocates. */
    static long bufferBytes(ModelConfig config, int maxRows) {
        return Activations.bytes(maxRows, config.feedForward())
                + 4L * maxRows * config.feedForward();
    }

    /** Writes the result for all rows of {@code in} to {@code out}. */
    void forward(Layer layer, Activations in, MemorySegment out, int outStride) {
        int rows = in.rows();
        hidden.rows(rows);
        MemorySegment gate = hidden.values();
        compute.multiply(
                in,
                new Compute.Product(layer.gate, gate, stride),
                new Compute.Product(layer.up, up, stride));
        compute.forRows(rows, (from, to) -> activate(layer, from, to));
        compute.multiply(hidden, new Compute.Product(layer.down, out, outStride));
    }

    private void activate(Layer layer, int from, int to) {
        Kernels kernels = compute.kernels;
        long offset = 4L * from * stride;
        long count = (long) (to - from) * stride;
        MemorySegment gates = hidden.values().asSlice(offset, 4 * count);
        MemorySegment ups = up.asSlice(offset, 4 * count);
        if (layer.gelu) {
            kernels.geluMultiply(gates, ups, count);
        } else {
            kernels.siluMultiply(gates, ups, count);
        }
        if (layer.down.matrix().dtype().isQuantized()) {
            kernels.quantize(hidden, from, to);
        }
    }
}
