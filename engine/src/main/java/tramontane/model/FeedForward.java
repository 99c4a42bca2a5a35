package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;

/** The gated feed-forward network (Shazeer 2020): down(act(gate(x)) * up(x)). */
final class FeedForward {
    /**
     * @param gelu whether the activation of the gate is gelu; otherwise it is silu
     */
    record Layer(Linear gate, Linear up, Linear down, boolean gelu) implements FeedForwardLayer {}

    private final Compute compute;
    private final Activations hidden;
    private final Fp32Rows gate;
    private final Fp32Rows up;

    /**
     * @param stride elements inside the network
     */
    FeedForward(int stride, Compute compute, int maxRows, SegmentAllocator memory) {
        this.compute = compute;
        this.hidden = new Activations(maxRows, stride, compute.kernels.tileRows(), memory);
        this.gate = new Fp32Rows(hidden.values(), stride);
        this.up = new Fp32Rows(memory.allocate(4L * maxRows * stride, 64), stride);
    }

    /** Bytes that a feed-forward network of this size allocates. */
    static long bufferBytes(int stride, int maxRows) {
        return Activations.bytes(maxRows, stride) + 4L * maxRows * stride;
    }

    /** Writes the results for all rows of {@code in} to {@code out}. */
    void forward(Layer layer, Activations in, Fp32Rows out) {
        int rows = in.rows();
        hidden.rows(rows);
        compute.multiply(
                new Compute.Product(layer.gate, in, gate), new Compute.Product(layer.up, in, up));
        compute.forRows(rows, (from, to) -> activate(layer, from, to));
        compute.multiply(new Compute.Product(layer.down, hidden, out));
    }

    private void activate(Layer layer, int from, int to) {
        Kernels kernels = compute.kernels;
        long count = (long) (to - from) * gate.stride();
        MemorySegment gates = gate.slice(from, to);
        MemorySegment ups = up.slice(from, to);
        if (layer.gelu) {
            kernels.geluMultiply(gates, ups, count);
        } else {
            kernels.siluMultiply(gates, ups, count);
        }
        if (layer.down.isQuantized()) {
            kernels.quantize(hidden, from, to);
        }
    }
}
