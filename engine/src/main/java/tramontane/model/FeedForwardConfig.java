package tramontane.model;

import java.util.Optional;
import tramontane.gguf.GgufMetadata;

/**
 * The feed-forward networks of a model.
 *
 * @param dense elements inside a network that computes all tokens
 * @param experts the experts that take its place, if the model has any
 * @param leadingDense the first layers, which have no experts in a model with experts
 */
public record FeedForwardConfig(int dense, Optional<ExpertConfig> experts, int leadingDense) {
    static FeedForwardConfig of(GgufMetadata metadata, Architecture architecture) {
        String prefix = architecture.ggufName();
        int dense = ModelConfig.multipleOf32(metadata, prefix + ".feed_forward_length");
        boolean hasExperts = metadata.findInt(prefix + ".expert_count").orElse(0) > 0;
        if (hasExperts && !architecture.mayHaveExperts()) {
            throw new ModelException(
                    "experts in a model of the architecture '" + prefix + "' are not supported");
        }
        return new FeedForwardConfig(
                dense,
                hasExperts
                        ? Optional.of(ExpertConfig.of(metadata, architecture, dense))
                        : Optional.empty(),
                hasExperts ? metadata.findInt(prefix + ".leading_dense_block_count").orElse(0) : 0);
    }

    /** The experts of a layer, if it has any. */
    Optional<ExpertConfig> expertsOf(int layer) {
        return layer < leadingDense ? Optional.empty() : experts;
    }

    /** True if some layer has a network that computes all tokens and no experts. */
    boolean hasDense() {
        return experts.isEmpty() || leadingDense > 0;
    }
}
