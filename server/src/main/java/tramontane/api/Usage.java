package tramontane.api;

import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What one request cost. The prompt counts once however many choices were asked for.
 *
 * @param cachedTokens how many of the prompt's tokens did not have to be computed again
 * @param reasoningTokens of the completion's tokens, how many were thinking; for models that think
 * @param drafts what became of the tokens that a {@code prediction} and the text itself suggested,
 *     for requests with one
 */
public record Usage(
        int promptTokens,
        int cachedTokens,
        int completionTokens,
        Optional<Integer> reasoningTokens,
        Optional<Drafts> drafts) {
    /** Suggested tokens that the answer took, and those it did not. */
    public record Drafts(int accepted, int rejected) {}

    public ObjectNode toJson() {
        ObjectNode usage = JsonNodeFactory.instance.objectNode();
        usage.put("prompt_tokens", promptTokens);
        usage.put("completion_tokens", completionTokens);
        usage.put("total_tokens", promptTokens + completionTokens);
        usage.put("num_cached_tokens", cachedTokens);
        usage.putObject("prompt_tokens_details").put("cached_tokens", cachedTokens);
        if (reasoningTokens.isPresent() || drafts.isPresent()) {
            ObjectNode details = usage.putObject("completion_tokens_details");
            reasoningTokens.ifPresent(tokens -> details.put("reasoning_tokens", tokens));
            drafts.ifPresent(each ->
                    details.put("accepted_prediction_tokens", each.accepted)
                            .put("rejected_prediction_tokens", each.rejected));
        }
        return usage;
    }
}
