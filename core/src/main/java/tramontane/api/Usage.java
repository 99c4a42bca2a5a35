package tramontane.api;

import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Token counts of one request. The prompt counts once, whatever the number of choices.
 *
 * @param cachedTokens prompt tokens taken from the prefix cache
 * @param reasoningTokens completion tokens spent on thinking; for models that think
 * @param drafts accepted and rejected draft tokens; for requests with a {@code prediction}
 */
public record Usage(
        int promptTokens,
        int cachedTokens,
        int completionTokens,
        Optional<Integer> reasoningTokens,
        Optional<Drafts> drafts) {
    /** Draft tokens that the model confirmed, and those it did not. */
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
