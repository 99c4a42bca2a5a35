package tramontane.testkit;

import java.nio.file.Path;
import java.util.Locale;

/**
 * A model small enough to be written in a test and complete enough to be served: width 64 (or what
 * {@link #withWidth} says; formats in blocks of 256 need 256), two layers, 512 tokens, a chat
 * template, and weights from a seed.
 *
 * <p>It speaks nonsense, but the same nonsense everywhere, and llama.cpp loads it: the files under
 * {@code src/test/golden} of the engine hold its answers.
 */
public record TinyModel(
        Architecture architecture,
        WeightFormat format,
        PositionVariant positions,
        int width,
        int layers,
        int idleLayers,
        long seed) {
    /** Positions a file promises to handle. */
    public static final int CONTEXT = 2_048;

    /** Positions a token sees in a layer with a sliding window. */
    public static final int WINDOW = 8;

    static final int HEADS = 4;
    static final int KEY_VALUE_HEADS = 2;

    /** Rotated elements of a head with latent attention. */
    static final int LATENT_ROTATED = 16;

    /**
     * The context that scaled positions are said to have been trained with; short, so that tests go
     * past it.
     */
    private static final int ORIGINAL_CONTEXT = 16;

    private static final float SCALING_FACTOR = 4f;

    private static final String CHAT_TEMPLATE =
            """
            {% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] \
            + '<|im_end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}\
            """;

    /** F32 weights, plain positions, seed 1, and the smallest width and depth that suit. */
    public static TinyModel of(Architecture architecture) {
        return new TinyModel(
                architecture,
                WeightFormat.F32,
                PositionVariant.PLAIN,
                64,
                architecture.layers(),
                0,
                1);
    }

    /** The same in another format, widened to 256 where the format's blocks need that. */
    public TinyModel withFormat(WeightFormat format) {
        return new TinyModel(
                architecture,
                format,
                positions,
                Math.max(width, format.blockElements()),
                layers,
                idleLayers,
                seed);
    }

    public TinyModel withPositions(PositionVariant positions) {
        return new TinyModel(architecture, format, positions, width, layers, idleLayers, seed);
    }

    public TinyModel withWidth(int width) {
        return new TinyModel(architecture, format, positions, width, layers, idleLayers, seed);
    }

    public TinyModel withLayers(int layers) {
        return new TinyModel(architecture, format, positions, width, layers, idleLayers, seed);
    }

    /**
     * The same with further layers that add nothing: a slower model that computes the same. For
     * architectures without experts and latent attention.
     */
    public TinyModel withIdleLayers(int idleLayers) {
        return new TinyModel(architecture, format, positions, width, layers, idleLayers, seed);
    }

    public TinyModel withSeed(long seed) {
        return new TinyModel(architecture, format, positions, width, layers, idleLayers, seed);
    }

    /** A name that tells everything but the seed: {@code llama-q4_k-yarn}. */
    public String label() {
        String label =
                architecture.name().toLowerCase(Locale.ROOT)
                        + "-"
                        + format.name().toLowerCase(Locale.ROOT);
        return positions == PositionVariant.PLAIN
                ? label
                : label + "-" + positions.name().toLowerCase(Locale.ROOT);
    }

    public Path write(Path path) {
        gguf().write(path);
        return path;
    }

    /** The file before it is written, so that a test can spoil it. */
    public GgufWriter gguf() {
        GgufWriter out = new GgufWriter();
        putMetadata(out);
        new TinyVocabulary().writeTo(out, architecture.preTokenizer(), CHAT_TEMPLATE);
        new TinyWeights(this, out, false).writeAll();
        return out;
    }

    /**
     * The same model in the older layout of files, with one tensor for each matrix of an expert.
     */
    public GgufWriter ggufWithTensorPerExpert() {
        GgufWriter out = new GgufWriter();
        putMetadata(out);
        new TinyVocabulary().writeTo(out, architecture.preTokenizer(), CHAT_TEMPLATE);
        new TinyWeights(this, out, true).writeAll();
        return out;
    }

    int headSize() {
        return width * architecture.headWidening() / HEADS;
    }

    int feedForward() {
        return 2 * width;
    }

    int expertWidth() {
        return architecture.hasExpertWidth() ? width : feedForward();
    }

    private void putMetadata(GgufWriter out) {
        String prefix = architecture.key() + ".";
        out.put("general.architecture", architecture.key())
                .put("general.name", "tiny " + label())
                .put("general.alignment", 32)
                .put(prefix + "context_length", CONTEXT)
                .put(prefix + "embedding_length", width)
                .put(prefix + "block_count", layers + idleLayers)
                .put(prefix + "feed_forward_length", feedForward())
                .put(prefix + "attention.head_count", HEADS)
                .put(prefix + "attention.layer_norm_rms_epsilon", 1e-5f)
                .put(prefix + "rope.freq_base", architecture.ropeBase())
                .put(prefix + "vocab_size", TinyVocabulary.SIZE);
        if (architecture.hasLatentAttention()) {
            putLatent(out, prefix);
        } else {
            out.put(prefix + "attention.head_count_kv", KEY_VALUE_HEADS)
                    .put(prefix + "attention.key_length", headSize())
                    .put(prefix + "attention.value_length", headSize())
                    .put(prefix + "rope.dimension_count", headSize());
        }
        if (architecture.experts() > 0) {
            out.put(prefix + "expert_count", architecture.experts())
                    .put(prefix + "expert_used_count", architecture.expertsUsed());
        }
        if (architecture.hasExpertWidth()) {
            out.put(prefix + "expert_feed_forward_length", expertWidth());
        }
        if (architecture == Architecture.GEMMA3 || positions == PositionVariant.SLIDING_WINDOW) {
            out.put(prefix + "attention.sliding_window", WINDOW);
        }
        if (positions == PositionVariant.LINEAR) {
            out.put(prefix + "rope.scaling.type", "linear")
                    .put(prefix + "rope.scaling.factor", SCALING_FACTOR);
        }
        if (positions == PositionVariant.YARN
                || architecture == Architecture.MISTRAL3
                || architecture.hasLatentAttention()) {
            putYarn(out, prefix, ORIGINAL_CONTEXT);
        }
        if (architecture == Architecture.MISTRAL3) {
            out.put(prefix + "rope.scaling.yarn_log_multiplier", 1f)
                    .put(prefix + "attention.temperature_scale", 0.1f);
        }
    }

    /** Sizes that are multiples of 256 where a format in blocks of 256 needs that. */
    private void putLatent(GgufWriter out, String prefix) {
        out.put(prefix + "attention.head_count_kv", 1)
                .put(prefix + "attention.q_lora_rank", width)
                .put(prefix + "attention.kv_lora_rank", width)
                .put(prefix + "attention.key_length", width + LATENT_ROTATED)
                .put(prefix + "attention.value_length", width)
                .put(prefix + "attention.key_length_mla", width + LATENT_ROTATED)
                .put(prefix + "attention.value_length_mla", width / HEADS)
                .put(prefix + "rope.dimension_count", LATENT_ROTATED)
                .put(prefix + "rope.scaling.yarn_log_multiplier", 0.1f)
                .put(prefix + "expert_shared_count", 1)
                .put(prefix + "expert_weights_norm", true)
                .put(prefix + "leading_dense_block_count", architecture.leadingDense());
        if (architecture.hasGroups()) {
            out.put(prefix + "expert_gating_func", 2)
                    .put(prefix + "expert_group_count", 4)
                    .put(prefix + "expert_group_used_count", 2)
                    .put(prefix + "expert_weights_scale", 2.5f);
        } else {
            out.put(prefix + "attention.temperature_scale", 0.1f)
                    .put(prefix + "attention.temperature_length", ORIGINAL_CONTEXT);
        }
    }

    /**
     * @param context that the positions were trained with
     */
    static void putYarn(GgufWriter out, String prefix, int context) {
        out.put(prefix + "rope.scaling.type", "yarn")
                .put(prefix + "rope.scaling.factor", SCALING_FACTOR)
                .put(prefix + "rope.scaling.original_context_length", context)
                .put(prefix + "rope.scaling.yarn_beta_fast", 32f)
                .put(prefix + "rope.scaling.yarn_beta_slow", 1f);
    }
}
