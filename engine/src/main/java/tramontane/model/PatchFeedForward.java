package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import tramontane.kernel.Activations;

/** The feed-forward network of an image encoder. */
final class PatchFeedForward {
    sealed interface Layer {
        /** The matrix whose results are added to the patches. */
        Linear down();

        /** The matrices that read the input of the network. */
        Linear[] readers();
    }

    /** Like that of text models (Pixtral). */
    record Gated(FeedForward.Layer network) implements Layer {
        @Override
        public Linear down() {
            return network.down();
        }

        @Override
        public Linear[] readers() {
            return new Linear[] {network.gate(), network.up()};
        }
    }

    /** down(gelu(up(x))) with the tanh form of gelu (SigLIP). */
    record Plain(Linear up, Linear down) implements Layer {
        @Override
        public Linear[] readers() {
            return new Linear[] {up};
        }
    }

    private final Compute compute;
    private final Optional<FeedForward> gated;

    /** The results of the first matrix of a plain network. */
    private final Optional<Activations> hidden;

    /** As many as a plain network has elements inside: kernels have its gelu only as a gate. */
    private final MemorySegment ones;

    PatchFeedForward(
            PatchEncoderConfig config,
            FusedProducts products,
            int maxRows,
            SegmentAllocator memory) {
        compute = products.compute();
        int inner = config.layers().feedForward();
        boolean isGated = config.kind() == PatchEncoderConfig.Kind.PIXTRAL;
        gated =
                isGated
                        ? Optional.of(FeedForward.withRounded(inner, products, maxRows, memory))
                        : Optional.empty();
        hidden =
                isGated
                        ? Optional.empty()
                        : Optional.of(
                                Activations.withRounded(
                                        maxRows, inner, compute.kernels.tileRows(), memory));
        ones = isGated ? MemorySegment.NULL : ones(inner, memory);
    }

    private static MemorySegment ones(int count, SegmentAllocator memory) {
        MemorySegment ones = memory.allocate(4L * count, 64);
        for (int i = 0; i < count; i++) {
            ones.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1);
        }
        return ones;
    }

    /** Bytes that a network of this size allocates. */
    static long bufferBytes(PatchEncoderConfig config, int maxRows) {
        int inner = config.layers().feedForward();
        return switch (config.kind()) {
            case PIXTRAL -> FeedForward.bufferBytesWithRounded(inner, maxRows);
            case GEMMA3 -> Activations.bytesWithRounded(maxRows, inner) + 4L * inner;
        };
    }

    /** Computes the input of the last matrix for all rows of {@code in}. */
    Activations hidden(Layer layer, Activations in) {
        return switch (layer) {
            case Gated(FeedForward.Layer network) -> gated.orElseThrow().hidden(network, in);
            case Plain network -> plain(network, in, hidden.orElseThrow());
        };
    }

    private Activations plain(Plain layer, Activations in, Activations out) {
        out.rows(in.rows());
        compute.multiply(new Compute.Product(layer.up, in, out.fp32()));
        compute.forRows(
                in.rows(),
                (from, to) -> {
                    for (int row = from; row < to; row++) {
                        compute.kernels.geluMultiply(
                                out.fp32().slice(row, row + 1), ones, out.columns());
                    }
                    compute.convert(out, from, to, layer.down);
                });
        return out;
    }
}
