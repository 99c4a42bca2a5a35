package tramontane.model;

import java.util.Arrays;
import java.util.Optional;

/** The model families that this engine supports, with their GGUF names and their differences. */
public enum Architecture {
    LLAMA("llama", false),
    QWEN2("qwen2", true),
    QWEN3("qwen3", true),
    QWEN3_MOE("qwen3moe", true),
    GEMMA3("gemma3", true),
    MISTRAL3("mistral3", false),
    DEEPSEEK2("deepseek2", false),
    MISTRAL4("mistral4", false);

    private final String ggufName;
    private final boolean neoxRope;

    Architecture(String ggufName, boolean neoxRope) {
        this.ggufName = ggufName;
        this.neoxRope = neoxRope;
    }

    public String ggufName() {
        return ggufName;
    }

    /** Whether rope pairs element i with i + half, like GPT-NeoX, or with its neighbour. */
    boolean neoxRope() {
        return neoxRope;
    }

    /**
     * Gemma multiplies embeddings by the square root of the width and uses gelu instead of silu.
     */
    boolean isGemma() {
        return this == GEMMA3;
    }

    /** Mixtral's files have the architecture of Llama. */
    boolean mayHaveExperts() {
        return this == LLAMA || this == QWEN3_MOE || hasLatentAttention();
    }

    /** Keys and values are computed from one small row per token (DeepSeek-V2). */
    boolean hasLatentAttention() {
        return this == DEEPSEEK2 || this == MISTRAL4;
    }

    static Optional<Architecture> of(String ggufName) {
        return Arrays.stream(values()).filter(a -> a.ggufName.equals(ggufName)).findFirst();
    }

    static String known() {
        return String.join(", ", Arrays.stream(values()).map(Architecture::ggufName).toList());
    }
}
