package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;

/** The gated feed-forward network (Shazeer 2020): down(act(gate(x)) * up(x)). */
final class FeedForward {
    /**
     * @param gelu whether the activation of the gate is gelu; otherwise it is silu
     */
    record Layer(Linear gate, Linear up, Linear down, boolean gelu) implements FeedForwardLayer {}

    private final Compute compute;
    private final FusedProducts products;
    private final Activations hidden;
    private final Fp32Rows gate;
    private final Fp32Rows up;

    /**
     * @param stride elements inside the network
     */
    FeedForward(int stride, FusedProducts products, int maxRows, SegmentAllocator memory) {
        this(
                products,
                new Activations(maxRows, stride, products.compute().kernels.tileRows(), memory),
                memory);
    }

    /** A network whose last matrix may also multiply the bf16 form of its input. */
    static FeedForward withRounded(
            int stride, FusedProducts products, int maxRows, SegmentAllocator memory) {
        int tileRows = products.compute().kernels.tileRows();
        return new FeedForward(
                products, Activations.withRounded(maxRows, stride, tileRows, memory), memory);
    }

    private FeedForward(FusedProducts products, Activations hidden, SegmentAllocator memory) {
        int stride = hidden.columns();
        int maxRows = hidden.capacity();
        this.compute = products.compute();
        this.products = products;
        this.hidden = hidden;
        this.gate = new Fp32Rows(hidden.values(), stride);
        this.up = new Fp32Rows(memory.allocate(4L * maxRows * stride, 64), stride);
    }

    /** Bytes that a feed-forward network of this size allocates. */
    static long bufferBytes(int stride, int maxRows) {
        return Activations.bytes(maxRows, stride) + 4L * maxRows * stride;
    }

    static long bufferBytesWithRounded(int stride, int maxRows) {
        return Activations.bytesWithRounded(maxRows, stride) + 4L * maxRows * stride;
    }

    /**
     * Computes the input of the last matrix for all rows of {@code in}. Where it is needed in int8
     * or bf16 only, its fp32 form stays in the cache of the thread that computed it.
     */
    Activations hidden(Layer layer, Activations in) {
        hidden.rows(in.rows());
        if (layer.down.isQuantized() || layer.down.isRounded()) {
            products.multiply(
                    in,
                    (column, columns, parts) -> {
                        activate(layer, parts[0].values(), parts[1].values());
                        int block = column / Activations.BLOCK;
                        int blocks = columns / Activations.BLOCK;
                        if (layer.down.isRounded()) {
                            compute.kernels.roundColumns(parts[0], hidden, block, blocks);
                        } else {
                            compute.kernels.quantizeColumns(parts[0], hidden, block, blocks);
                        }
                    },
                    layer.gate,
                    layer.up);
        } else {
            compute.multiply(
                    new Compute.Product(layer.gate, in, gate),
                    new Compute.Product(layer.up, in, up));
            compute.forRows(
                    in.rows(),
                    (from, to) -> activate(layer, gate.slice(from, to), up.slice(from, to)));
        }
        return hidden;
    }

    private void activate(Layer layer, MemorySegment gates, MemorySegment ups) {
        long count = gates.byteSize() / Float.BYTES;
        if (layer.gelu) {
            compute.kernels.geluMultiply(gates, ups, count);
        } else {
            compute.kernels.siluMultiply(gates, ups, count);
        }
    }
}
