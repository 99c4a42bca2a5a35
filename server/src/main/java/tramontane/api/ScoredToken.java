package tramontane.api;

import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A token and how likely the model held it to be.
 *
 * @param text which for a part of a character is U+FFFD
 * @param bytes what the token stands for, exactly; none for a control token
 * @param top the likeliest tokens in its place
 */
public record ScoredToken(
        String text, byte[] bytes, int token, float logprob, List<ScoredToken> top) {
    public ScoredToken {
        top = List.copyOf(top);
    }

    /** Puts logprobs into a choice, under {@code logprobs} or {@code prompt_logprobs}. */
    public static void put(ObjectNode choice, String name, List<ScoredToken> tokens) {
        ArrayNode content = choice.putObject(name).putArray("content");
        for (ScoredToken token : tokens) {
            ObjectNode node = content.addObject();
            token.describe(node);
            ArrayNode top = node.putArray("top_logprobs");
            token.top.forEach(other -> other.describe(top.addObject()));
        }
    }

    private void describe(ObjectNode node) {
        node.put("token", text).put("logprob", logprob);
        ArrayNode list = node.putArray("bytes");
        for (byte each : bytes) {
            list.add(each & 0xFF);
        }
        node.put("token_id", token);
    }
}
