package tramontane.model;

import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import tramontane.kernel.Activations;
import tramontane.kernel.RmsNorm;

/** The buffers of the kinds of feed-forward layers that a model has. */
final class FeedForwards {
    private final Optional<FeedForward> dense;
    private final Optional<Experts> experts;

    FeedForwards(ModelConfig config, FusedProducts products, int maxRows, SegmentAllocator memory) {
        experts =
                config.feedForward()
                        .experts()
                        .map(each -> new Experts(each, config.width(), products, maxRows, memory));
        dense =
                config.feedForward().hasDense()
                        ? Optional.of(
                                new FeedForward(
                                        config.feedForward().dense(), products, maxRows, memory))
                        : Optional.empty();
    }

    /** Bytes that the feed-forward layers of a model allocate. */
    static long bufferBytes(ModelConfig config, int maxRows) {
        FeedForwardConfig networks = config.feedForward();
        long experts =
                networks.experts()
                        .map(each -> Experts.bufferBytes(each, config.width(), maxRows))
                        .orElse(0L);
        return experts
                + (networks.hasDense() ? FeedForward.bufferBytes(networks.dense(), maxRows) : 0);
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
