package tramontane.api;

import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one request cost. The prompt counts once however many choices were asked for.
 *
 * @param cachedTokens how many of the prompt's tokens did not have to be computed again
 */
public record Usage(int promptTokens, int cachedTokens, int completionTokens) {
    ObjectNode toJson() {
        ObjectNode usage = JsonNodeFactory.instance.objectNode();
        usage.put("prompt_tokens", promptTokens);
        usage.put("completion_tokens", completionTokens);
        usage.put("total_tokens", promptTokens + completionTokens);
        usage.put("num_cached_tokens", cachedTokens);
        usage.putObject("prompt_tokens_details").put("cached_tokens", cachedTokens);
        return usage;
    }
}
