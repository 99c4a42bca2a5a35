package tramontane.model;

import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import tramontane.kernel.Activations;
import tramontane.kernel.RmsNorm;

/** The buffers of the kinds of feed-forward layers that a model has. */
final class FeedForwards {
    private final Optional<FeedForward> dense;
    private final Optional<Experts> experts;

    FeedForwards(
            ModelConfig config,
            Compute compute,
            FusedProducts products,
            int maxRows,
            SegmentAllocator memory) {
        experts =
                config.feedForward()
                        .experts()
                        .map(each -> new Experts(each, config.width(), compute, maxRows, memory));
        dense =
                experts.isPresent()
                        ? Optional.empty()
                        : Optional.of(
                                new FeedForward(
                                        config.feedForward().dense(),
                                        compute,
                                        products,
                                        maxRows,
                                        memory));
    }

    /** Bytes that the feed-forward layers of a model allocate. */
    static long bufferBytes(ModelConfig config, int maxRows) {
        return config.feedForward()
                .experts()
                .map(experts -> Experts.bufferBytes(experts, config.width(), maxRows))
                .orElseGet(() -> FeedForward.bufferBytes(config.feedForward().dense(), maxRows));
    }

    /** Adds the results for all rows of {@code in}, or their norm, to {@code out}. */
    void forward(
            FeedForwardLayer layer, Optional<RmsNorm> norm, Activations in, ResidualStream out) {
        switch (layer) {
            case FeedForward.Layer network ->
                    out.add(dense.orElseThrow().hidden(network, in), network.down(), norm);
            case Experts.Layer several -> {
                experts.orElseThrow().forward(several, in, out.branch());
                out.addBranch(in.rows(), norm);
            }
        }
    }
}
