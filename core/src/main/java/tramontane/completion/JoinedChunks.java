package tramontane.completion;

import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.CompletionJson;

/** Joins the chunks of a stream into a whole answer, for the request log. */
public final class JoinedChunks {
    /** The state of one choice. */
    private static final class Choice {
        final StringBuilder text = new StringBuilder();
        final StringBuilder thinking = new StringBuilder();
        final StringBuilder thinkingField = new StringBuilder();
        final ArrayNode calls = JsonNodeFactory.instance.arrayNode();
        String reason = "";
    }

    private final List<Choice> choices = new ArrayList<>();
    private ObjectNode head = JsonNodeFactory.instance.objectNode();

    public void add(ObjectNode chunk) {
        if (head.isEmpty()) {
            head.put("id", chunk.path("id").asString("")).put("object", "chat.completion");
            head.set("created", chunk.path("created"));
            head.set("model", chunk.path("model"));
        }
        for (JsonNode part : chunk.path("choices")) {
            int index = part.path("index").asInt(0);
            while (choices.size() <= index) {
                choices.add(new Choice());
            }
            add(choices.get(index), part);
        }
        if (chunk.path("usage").isObject()) {
            head.set("usage", chunk.get("usage"));
        }
    }

    private static void add(Choice choice, JsonNode part) {
        JsonNode content = part.path("delta").path("content");
        if (content.isString()) {
            choice.text.append(content.stringValue());
        }
        for (JsonNode piece : content) {
            choice.text.append(piece.path("text").asString(""));
            piece.path("thinking")
                    .forEach(thought -> choice.thinking.append(thought.path("text").asString("")));
        }
        choice.thinkingField.append(part.path("delta").path(CompletionJson.THINKING).asString(""));
        part.path("delta").path("tool_calls").forEach(choice.calls::add);
        if (part.path("finish_reason").isString()) {
            choice.reason = part.path("finish_reason").stringValue();
        }
    }

    public ObjectNode whole() {
        ObjectNode answer = head.deepCopy();
        ArrayNode list = answer.putArray("choices");
        for (int i = 0; i < choices.size(); i++) {
            Choice choice = choices.get(i);
            ObjectNode node = list.addObject().put("index", i).put("finish_reason", choice.reason);
            ObjectNode message = node.putObject("message").put("role", "assistant");
            if (!choice.thinkingField.isEmpty()) {
                message.put(CompletionJson.THINKING, choice.thinkingField.toString());
            }
            if (choice.thinking.isEmpty()) {
                message.put("content", choice.text.toString());
            } else {
                ArrayNode content = message.putArray("content");
                content.addObject()
                        .put("type", "thinking")
                        .putArray("thinking")
                        .addObject()
                        .put("type", "text")
                        .put("text", choice.thinking.toString());
                content.addObject().put("type", "text").put("text", choice.text.toString());
            }
            if (choice.calls.isEmpty()) {
                message.putNull("tool_calls");
            } else {
                message.set("tool_calls", choice.calls);
            }
        }
        return answer;
    }
}
