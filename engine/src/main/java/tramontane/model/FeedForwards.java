package tramontane.model;

import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;

/** The buffers of the kinds of feed-forward layers that a model has. */
final class FeedForwards {
    private final Optional<FeedForward> dense;
    private final Optional<Experts> experts;

    FeedForwards(ModelConfig config, Compute compute, int maxRows, SegmentAllocator memory) {
        experts =
                config.feedForward()
                        .experts()
                        .map(each -> new Experts(each, config.width(), compute, maxRows, memory));
        dense =
                experts.isPresent()
                        ? Optional.empty()
                        : Optional.of(
                                new FeedForward(
                                        config.feedForward().dense(), compute, maxRows, memory));
    }

    /** Bytes that the feed-forward layers of a model allocate. */
    static long bufferBytes(ModelConfig config, int maxRows) {
        return config.feedForward()
                .experts()
                .map(experts -> Experts.bufferBytes(experts, config.width(), maxRows))
                .orElseGet(() -> FeedForward.bufferBytes(config.feedForward().dense(), maxRows));
    }

    /** Writes the results for all rows of {@code in} to {@code out}. */
    void forward(FeedForwardLayer layer, Activations in, Fp32Rows out) {
        switch (layer) {
            case FeedForward.Layer network -> dense.orElseThrow().forward(network, in, out);
            case Experts.Layer several -> experts.orElseThrow().forward(several, in, out);
        }
    }
}
