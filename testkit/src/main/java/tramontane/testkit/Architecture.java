package tramontane.testkit;

import java.util.Locale;

/**
 * The architectures a {@link TinyModel} can have, and how their files differ.
 *
 * <p>Gemma 3 mixes local and global layers five to one, so it needs six layers to have one of each
 * kind.
 */
public enum Architecture {
    LLAMA(2, 1, false, "smollm"),
    QWEN2(2, 1, false, "qwen2"),
    QWEN3(2, 2, true, "qwen2"),
    GEMMA3(6, 2, true, "gpt-2"),
    MISTRAL3(2, 2, false, "tekken"),
    /** Llama with experts. */
    MIXTRAL(2, 1, false, "smollm"),
    QWEN3MOE(2, 2, true, "qwen2"),
    /** The first layer has no experts. */
    DEEPSEEK2(3, 1, false, "qwen2"),
    MISTRAL4(2, 1, false, "tekken");

    private final int layers;
    private final int headWidening;
    private final boolean tiedOutput;
    private final String preTokenizer;

    Architecture(int layers, int headWidening, boolean tiedOutput, String preTokenizer) {
        this.layers = layers;
        this.headWidening = headWidening;
        this.tiedOutput = tiedOutput;
        this.preTokenizer = preTokenizer;
    }

    /** The name in {@code general.architecture}, which is also the prefix of its keys. */
    public String key() {
        return this == MIXTRAL ? "llama" : name().toLowerCase(Locale.ROOT);
    }

    /** Experts of a layer; 0 for one network that computes all tokens. */
    int experts() {
        return switch (this) {
            case MIXTRAL -> 5;
            case QWEN3MOE -> 9;
            case DEEPSEEK2 -> 8;
            case MISTRAL4 -> 6;
            case LLAMA, QWEN2, QWEN3, GEMMA3, MISTRAL3 -> 0;
        };
    }

    /** Experts that compute a token. */
    int expertsUsed() {
        return this == QWEN3MOE || this == DEEPSEEK2 ? 3 : 2;
    }

    /** Mixtral's experts are as wide as its file says of the network that they replace. */
    boolean hasExpertWidth() {
        return this == QWEN3MOE || hasLatentAttention();
    }

    /** Keys and values come from one row per token; some network computes all tokens. */
    boolean hasLatentAttention() {
        return this == DEEPSEEK2 || this == MISTRAL4;
    }

    /** The first layers, which have no experts. */
    int leadingDense() {
        return this == DEEPSEEK2 ? 1 : 0;
    }

    /** Scores are sigmoids with a bias, and experts are chosen from the best groups. */
    boolean hasGroups() {
        return this == DEEPSEEK2;
    }

    int layers() {
        return layers;
    }

    /** All heads together are this many times as wide as the model. */
    int headWidening() {
        return headWidening;
    }

    /** True where the output matrix is the embedding matrix. */
    boolean tiedOutput() {
        return tiedOutput;
    }

    boolean hasQueryKeyNorms() {
        return this == QWEN3 || this == QWEN3MOE || this == GEMMA3;
    }

    boolean hasBiases() {
        return this == QWEN2;
    }

    /** Norms after attention and feed-forward as well as before. */
    boolean hasPostNorms() {
        return this == GEMMA3;
    }

    /**
     * Gemma 3 turns slowly in its global layers, and at the usual rate in the local ones without a
     * word in the file.
     */
    float ropeBase() {
        return this == GEMMA3 ? 1_000_000f : 10_000f;
    }

    String preTokenizer() {
        return preTokenizer;
    }
}
