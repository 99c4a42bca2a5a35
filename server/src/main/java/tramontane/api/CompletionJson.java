package tramontane.api;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Spells one answer: whole, or as the chunks of a stream.
 *
 * @param model the name the caller asked for, which need not be the served model's own
 */
public record CompletionJson(String id, long created, String model) {

    /** One finished choice. */
    public record Choice(String content, FinishReason reason) {}

    public ObjectNode whole(List<Choice> choices, Usage usage) {
        ObjectNode answer = head("chat.completion");
        ArrayNode list = answer.putArray("choices");
        for (int i = 0; i < choices.size(); i++) {
            ObjectNode choice = list.addObject().put("index", i);
            choice.put("finish_reason", choices.get(i).reason().wireName());
            ObjectNode message = choice.putObject("message").put("role", "assistant");
            message.putNull("tool_calls").put("content", choices.get(i).content());
        }
        answer.set("usage", usage.toJson());
        return answer;
    }

    /**
     * The first chunk of a choice: the only one that names the role, since clients refuse a null
     * one.
     */
    public ObjectNode opening(int choice) {
        ObjectNode chunk = head("chat.completion.chunk");
        ObjectNode part = chunk.putArray("choices").addObject().put("index", choice);
        part.putObject("delta").put("role", "assistant").put("content", "");
        part.putNull("finish_reason");
        return chunk;
    }

    public ObjectNode text(int choice, String text) {
        ObjectNode chunk = head("chat.completion.chunk");
        ObjectNode part = chunk.putArray("choices").addObject().put("index", choice);
        part.putObject("delta").put("content", text);
        // Clients refuse an unfinished choice that lacks this key.
        part.putNull("finish_reason");
        return chunk;
    }

    /**
     * The last chunk of a choice; usage comes with the last of all, and is absent, not null, before
     * that.
     */
    public ObjectNode finish(int choice, FinishReason reason, Optional<Usage> usage) {
        ObjectNode chunk = head("chat.completion.chunk");
        ObjectNode part = chunk.putArray("choices").addObject().put("index", choice);
        part.putObject("delta").put("content", "");
        part.put("finish_reason", reason.wireName());
        usage.ifPresent(cost -> chunk.set("usage", cost.toJson()));
        return chunk;
    }

    private ObjectNode head(String object) {
        ObjectNode head = JsonNodeFactory.instance.objectNode();
        return head.put("id", id).put("object", object).put("created", created).put("model", model);
    }
}
