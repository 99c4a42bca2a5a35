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
    MISTRAL3(2, 2, false, "tekken");

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
        return name().toLowerCase(Locale.ROOT);
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
        return this == QWEN3 || this == GEMMA3;
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
