package tramontane.model;

import static tramontane.model.ModelConfig.bounded;

import tramontane.gguf.GgufMetadata;

/**
 * The experts of a layer: feed-forward networks, of which a router chooses a few for each token.
 *
 * @param count experts of a layer
 * @param used experts that compute a token
 * @param feedForward elements inside an expert
 */
public record ExpertConfig(int count, int used, int feedForward) {
    private static final int MAX_EXPERTS = 4096;

    /**
     * Reads the configuration of a file with experts.
     *
     * @param prefix the name of the architecture
     * @param feedForward elements inside an expert if the file has no number of its own for them
     */
    static ExpertConfig of(GgufMetadata metadata, String prefix, int feedForward) {
        int count = bounded(metadata, prefix + ".expert_count", 1, MAX_EXPERTS);
        int used = bounded(metadata, prefix + ".expert_used_count", 1, count);
        String inner = prefix + ".expert_feed_forward_length";
        return new ExpertConfig(
                count,
                used,
                metadata.findInt(inner).isPresent()
                        ? ModelConfig.multipleOf32(metadata, inner)
                        : feedForward);
    }
}
