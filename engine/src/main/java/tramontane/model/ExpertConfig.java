package tramontane.model;

import static tramontane.model.ModelConfig.bounded;

import tramontane.gguf.GgufMetadata;

/**
 * The experts of a layer: feed-forward networks, of which a router chooses a few for each token.
 *
 * @param count experts of a layer
 * @param used experts that compute a token
 * @param feedForward elements inside an expert
 * @param shared elements inside the network that computes all tokens beside the experts; 0 for none
 */
public record ExpertConfig(int count, int used, int feedForward, int shared, Routing routing) {
    private static final int MAX_EXPERTS = 4096;
    private static final int MAX_SHARED = 64;

    /**
     * Reads the configuration of a file with experts.
     *
     * @param dense elements inside an expert if the file has no number of its own for them
     */
    static ExpertConfig of(GgufMetadata metadata, Architecture architecture, int dense) {
        String prefix = architecture.ggufName();
        int count = bounded(metadata, prefix + ".expert_count", 1, MAX_EXPERTS);
        int used = bounded(metadata, prefix + ".expert_used_count", 1, count);
        String inner = prefix + ".expert_feed_forward_length";
        int own =
                metadata.findInt(inner).isPresent()
                        ? ModelConfig.multipleOf32(metadata, inner)
                        : dense;
        if (!architecture.hasLatentAttention()) {
            return new ExpertConfig(count, used, own, 0, Routing.SOFTMAX);
        }
        int shared = metadata.findInt(prefix + ".expert_shared_count").orElse(0);
        if (shared < 0 || shared > MAX_SHARED) {
            throw new ModelException(prefix + ".expert_shared_count is " + shared);
        }
        return new ExpertConfig(
                count, used, own, shared * own, Routing.of(metadata, prefix, count, used));
    }
}
