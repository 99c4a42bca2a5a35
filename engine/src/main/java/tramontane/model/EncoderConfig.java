package tramontane.model;

import tramontane.gguf.GgufFile;
import tramontane.gguf.GgufMetadata;
import tramontane.kernel.AttentionShape;

/**
 * The hyperparameters of an encoder with the architecture of BERT (Devlin et al. 2018).
 *
 * @param width elements of a token's row between layers
 * @param feedForward elements inside the feed-forward network
 * @param contextLength positions that the model has embeddings for
 * @param epsilon of every norm
 */
public record EncoderConfig(
        int layers,
        int width,
        int feedForward,
        int contextLength,
        float epsilon,
        AttentionShape attention) {
    /** The architecture's name in a GGUF file. */
    public static final String ARCHITECTURE = "bert";

    private static final int MAX_HEADS = 4096;

    /** True for a file with this architecture. */
    public static boolean describes(GgufMetadata metadata) {
        return metadata.getString("general.architecture").equals(ARCHITECTURE);
    }

    /**
     * Reads and checks the configuration. Throws {@link ModelException} for a model that this
     * engine cannot run.
     */
    public static EncoderConfig of(GgufFile file) {
        GgufMetadata metadata = file.metadata();
        if (metadata.findBool(key("attention.causal")).orElse(false)) {
            throw new ModelException(key("attention.causal") + " is true, BERT looks both ways");
        }
        int width = ModelConfig.multipleOf32(metadata, key("embedding_length"));
        int heads = ModelConfig.bounded(metadata, key("attention.head_count"), 1, MAX_HEADS);
        int headSize = ModelConfig.headSize(width, heads);
        return new EncoderConfig(
                ModelConfig.bounded(metadata, key("block_count"), 1, ModelConfig.MAX_LAYERS),
                width,
                ModelConfig.multipleOf32(metadata, key("feed_forward_length")),
                ModelConfig.bounded(metadata, key("context_length"), 1, ModelConfig.MAX_CONTEXT),
                metadata.getFloat(key("attention.layer_norm_epsilon")),
                new AttentionShape(
                        heads, heads, headSize, (float) (1 / StrictMath.sqrt(headSize)), 0));
    }

    private static String key(String name) {
        return ARCHITECTURE + "." + name;
    }
}
