package tramontane.upstream;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/** The engines that can run a model for this server. */
public enum UpstreamKind {
    TRAMONTANE("tramontane"),
    MISTRAL("mistral"),
    VLLM("vllm"),
    SGLANG("sglang"),
    LLAMA_SERVER("llama-server"),
    /** Any other service with OpenAI's Chat Completions API. */
    OPENAI("openai");

    private final String wireName;

    UpstreamKind(String wireName) {
        this.wireName = wireName;
    }

    /** The name in the configuration. */
    public String wireName() {
        return wireName;
    }

    public static Optional<UpstreamKind> find(String name) {
        return Arrays.stream(values()).filter(kind -> kind.wireName.equals(name)).findFirst();
    }

    /** All names, in the order of the documentation. */
    public static List<String> names() {
        return Arrays.stream(values()).map(UpstreamKind::wireName).toList();
    }

    /** True if the engine's requests have Mistral's fields, not OpenAI's. */
    boolean speaksMistral() {
        return this == TRAMONTANE || this == MISTRAL;
    }

    /** True if the engine says how long its context is. */
    public boolean tellsContext() {
        return this != OPENAI;
    }

    /** A path that costs the engine nothing and is 200 while it works. */
    String healthPath() {
        return switch (this) {
            case TRAMONTANE, VLLM, SGLANG, LLAMA_SERVER -> "/health";
            case MISTRAL, OPENAI -> "/v1/models";
        };
    }
}
