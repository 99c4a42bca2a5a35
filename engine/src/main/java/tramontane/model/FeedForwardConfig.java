package tramontane.model;

import java.util.Optional;
import tramontane.gguf.GgufMetadata;

/**
 * The feed-forward networks of a model.
 *
 * @param dense elements inside a network that computes all tokens
 * @param experts the experts that take its place in each layer, if the model has any
 */
public record FeedForwardConfig(int dense, Optional<ExpertConfig> experts) {
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
                        ? Optional.of(ExpertConfig.of(metadata, prefix, dense))
                        : Optional.empty());
    }
}
