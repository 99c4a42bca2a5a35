package tramontane.model;

import tramontane.gguf.GgufFile;
import tramontane.gguf.GgufMetadata;
import tramontane.gguf.TensorInfo;
import tramontane.kernel.AttentionShape;

/**
 * The hyperparameters of a model.
 *
 * @param width elements of a token's row between layers
 * @param contextLength positions that the model was trained for
 */
public record ModelConfig(
        Architecture architecture,
        int layers,
        int width,
        FeedForwardConfig feedForward,
        int contextLength,
        float epsilon,
        AttentionConfig attention) {
    static final int MAX_LAYERS = 1024;
    static final int MAX_WIDTH = 1 << 18;
    static final int MAX_CONTEXT = 1 << 24;

    /**
     * Reads and checks the configuration. Throws {@link ModelException} for a model that this
     * engine cannot run.
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
        int layers = bounded(metadata, name + ".block_count", 1, MAX_LAYERS);
        int width = multipleOf32(metadata, name + ".embedding_length");
        FeedForwardConfig feedForward = FeedForwardConfig.of(metadata, architecture);
        int context = bounded(metadata, name + ".context_length", 1, MAX_CONTEXT);
        float epsilon = metadata.getFloat(name + ".attention.layer_norm_rms_epsilon");
        AttentionConfig attention =
                new AttentionReader(file, architecture, width, layers, context).read();
        return new ModelConfig(
                architecture, layers, width, feedForward, context, epsilon, attention);
    }

    static int bounded(GgufMetadata metadata, String key, int min, int max) {
        int value = metadata.getInt(key);
        if (value < min || value > max) {
            throw new ModelException(key + " is " + value + ", allowed are " + min + " to " + max);
        }
        return value;
    }

    static int multipleOf32(GgufMetadata metadata, String key) {
        int value = bounded(metadata, key, 32, MAX_WIDTH);
        if (value % 32 != 0) {
            throw new ModelException(key + " is " + value + ", which is not a multiple of 32");
        }
        return value;
    }

    /** The size of a head of an encoder, whose heads together are as wide as the encoder. */
    static int headSize(int width, int heads) {
        if (width % heads != 0 || width / heads % 16 != 0) {
            throw new ModelException(
                    heads
                            + " heads of a width of "
                            + width
                            + " are not supported; a head's size must be a multiple of 16");
        }
        return width / heads;
    }

    /**
     * Gemma's embeddings are multiplied by the square root of the width, which its authors round;
     * here it is rounded to fp32.
     */
    float embeddingScale() {
        return architecture.isGemma() ? (float) StrictMath.sqrt(width) : 1;
    }

    /** The shape of the stored keys and values, equal for all layers. */
    public AttentionShape kvShape() {
        return attention.global();
    }

    /**
     * Returns {@code tensor} if it has the shape that the configuration needs, and throws
     * otherwise.
     */
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
