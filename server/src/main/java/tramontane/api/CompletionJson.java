package tramontane.api;

import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.chat.Chunk;
import tramontane.chat.ToolCall;

/**
 * Spells one answer: whole, or as the chunks of a stream.
 *
 * @param model the name the caller asked for, which need not be the served model's own
 */
public record CompletionJson(String id, long created, String model) {

    /**
     * One finished choice.
     *
     * @param content in order; text alone goes out as a string
     */
    public record Choice(List<Chunk> content, List<ToolCall> calls, FinishReason reason) {}

    public ObjectNode whole(List<Choice> choices, Usage usage) {
        ObjectNode answer = head("chat.completion");
        ArrayNode list = answer.putArray("choices");
        for (int i = 0; i < choices.size(); i++) {
            ObjectNode choice = list.addObject().put("index", i);
            choice.put("finish_reason", choices.get(i).reason().wireName());
            ObjectNode message = choice.putObject("message").put("role", "assistant");
            if (choices.get(i).calls().isEmpty()) {
                message.putNull("tool_calls");
            } else {
                message.set("tool_calls", calls(choices.get(i).calls()));
            }
            message.set("content", content(choices.get(i).content()));
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

    /** More of the content: text as a string, thinking as a list of one chunk. */
    public ObjectNode more(int choice, Chunk content) {
        ObjectNode chunk = head("chat.completion.chunk");
        ObjectNode part = chunk.putArray("choices").addObject().put("index", choice);
        part.putObject("delta").set("content", content(List.of(content)));
        // Clients refuse an unfinished choice that lacks this key.
        part.putNull("finish_reason");
        return chunk;
    }

    /**
     * The last chunk of a choice; usage comes with the last of all, and is absent, not null, before
     * that. Calls come whole with the end: some clients keep the last chunk's calls only.
     */
    public ObjectNode finish(
            int choice, List<ToolCall> calls, FinishReason reason, Optional<Usage> usage) {
        ObjectNode chunk = head("chat.completion.chunk");
        ObjectNode part = chunk.putArray("choices").addObject().put("index", choice);
        ObjectNode delta = part.putObject("delta").put("content", "");
        if (!calls.isEmpty()) {
            delta.putNull("content").set("tool_calls", calls(calls));
        }
        part.put("finish_reason", reason.wireName());
        usage.ifPresent(cost -> chunk.set("usage", cost.toJson()));
        return chunk;
    }

    /**
     * The last chunk of a choice that could not be finished. The contract has no form for an error
     * inside a stream: Mistral's clients know finish_reason "error", and others look for an {@code
     * error} object beside the choices.
     */
    public ObjectNode failure(int choice, ApiException cause) {
        ObjectNode chunk = finish(choice, List.of(), FinishReason.ERROR, Optional.empty());
        chunk.set("error", cause.body());
        return chunk;
    }

    private static JsonNode content(List<Chunk> content) {
        if (content.stream().allMatch(Chunk.Text.class::isInstance)) {
            StringBuilder text = new StringBuilder();
            content.forEach(chunk -> text.append(((Chunk.Text) chunk).text()));
            return JsonNodeFactory.instance.stringNode(text.toString());
        }
        ArrayNode chunks = JsonNodeFactory.instance.arrayNode();
        for (Chunk chunk : content) {
            switch (chunk) {
                case Chunk.Text text -> putText(chunks, text);
                case Chunk.Thinking(var thoughts, boolean _) -> {
                    ArrayNode thinking =
                            chunks.addObject().put("type", "thinking").putArray("thinking");
                    thoughts.forEach(thought -> putText(thinking, thought));
                }
            }
        }
        return chunks;
    }

    private static void putText(ArrayNode chunks, Chunk.Text text) {
        chunks.addObject().put("type", "text").put("text", text.text());
    }

    private static ArrayNode calls(List<ToolCall> calls) {
        ArrayNode list = JsonNodeFactory.instance.arrayNode();
        for (int i = 0; i < calls.size(); i++) {
            ToolCall call = calls.get(i);
            ObjectNode node = list.addObject().put("id", call.id()).put("type", "function");
            node.putObject("function")
                    .put("name", call.name())
                    .put("arguments", call.arguments().toString());
            node.put("index", i);
        }
        return list;
    }

    private ObjectNode head(String object) {
        ObjectNode head = JsonNodeFactory.instance.objectNode();
        return head.put("id", id).put("object", object).put("created", created).put("model", model);
    }
}
