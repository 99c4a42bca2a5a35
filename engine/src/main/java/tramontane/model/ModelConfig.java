package tramontane.model;

import tramontane.gguf.GgufFile;
import tramontane.gguf.GgufMetadata;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.AttentionShape;

/**
 * The numbers of a model.
 *
 * @param width elements of a token's row between layers
 * @param feedForward elements inside the feed-forward network
 * @param contextLength positions the model was trained for
 */
public record ModelConfig(
        Architecture architecture,
        int layers,
        int width,
        int feedForward,
        int contextLength,
        float epsilon,
        AttentionConfig attention) {
    private static final int MAX_LAYERS = 1024;
    private static final int MAX_WIDTH = 1 << 18;
    private static final int MAX_CONTEXT = 1 << 24;

    /**
     * Reads and checks the configuration; throws {@link ModelException} for a model this engine
     * cannot run.
     */
    public static ModelConfig of(GgufFile file) {
        GgufMetadata metadata = file.metadata();
        String name = metadata.getString("general.architecture");
        Architecture architecture =
                Architecture.of(name)
                        .orElseThrow(() ->
                                new ModelException(
                                        "architecture '"
                                                + name
                                                + "' is not supported; known are "
                                                + Architecture.known()));
        if (metadata.findInt(name + ".expert_count").orElse(0) > 0) {
            throw new ModelException(
                    "mixture-of-experts models ('" + name + "') are not supported");
        }
        int layers = bounded(metadata, name + ".block_count", 1, MAX_LAYERS);
        int width = multipleOf32(metadata, name + ".embedding_length");
        int feedForward = multipleOf32(metadata, name + ".feed_forward_length");
        int context = bounded(metadata, name + ".context_length", 1, MAX_CONTEXT);
        float epsilon = metadata.getFloat(name + ".attention.layer_norm_rms_epsilon");
        AttentionConfig attention =
                new AttentionReader(file, architecture, width, layers, context).read();
        return new ModelConfig(
                architecture, layers, width, feedForward, context, epsilon, attention);
    }

    static int bounded(GgufMetadata metadata, String key, int least, int most) {
        int value = metadata.getInt(key);
        if (value < least || value > most) {
            throw new ModelException(
                    key + " is " + value + ", allowed are " + least + " to " + most);
        }
        return value;
    }

    private static int multipleOf32(GgufMetadata metadata, String key) {
        int value = bounded(metadata, key, 32, MAX_WIDTH);
        if (value % 32 != 0) {
            throw new ModelException(key + " is " + value + ", which is no multiple of 32");
        }
        return value;
    }

    /**
     * Gemma's embeddings are multiplied by the root of the width, rounded as its authors round it:
     * to fp32 here.
     */
    float embeddingScale() {
        return architecture.isGemma() ? (float) StrictMath.sqrt(width) : 1;
    }

    /** The shape in which keys and values are kept, equal for all layers. */
    public AttentionShape kvShape() {
        return attention.global();
    }

    /** Throws unless {@code tensor} has the shape the configuration asks for. */
    static TensorInfo shaped(TensorInfo tensor, long rows, long columns) {
        if (tensor.rows() != rows || tensor.columns() != columns) {
            throw new ModelException(
                    "tensor "
                            + tensor.name()
                            + " is "
                            + tensor.rows()
                            + " x "
                            + tensor.columns()
                            + ", expected "
                            + rows
                            + " x "
                            + columns);
        }
        return tensor;
    }
}
