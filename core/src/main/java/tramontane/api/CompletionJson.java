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
 * Writes one answer as JSON: whole, or as the chunks of a stream.
 *
 * @param model the name in the request, which may be an alias
 * @param shape how thinking and finish reasons are written
 */
public record CompletionJson(String id, long created, String model, AnswerForm.Shape shape) {

    /** Where clients of OpenAI's API look for thinking, which that API does not return. */
    public static final String THINKING = "reasoning_content";

    /**
     * One finished choice.
     *
     * @param content in order; written as a string if it is text only
     */
    public record Choice(List<Chunk> content, List<ToolCall> calls, FinishReason reason) {}

    public ObjectNode whole(List<Choice> choices, Usage usage) {
        ObjectNode answer = head("chat.completion");
        ArrayNode list = answer.putArray("choices");
        for (int i = 0; i < choices.size(); i++) {
            ObjectNode choice = list.addObject().put("index", i);
            choice.put("finish_reason", reason(choices.get(i).reason()));
            ObjectNode message = choice.putObject("message").put("role", "assistant");
            if (choices.get(i).calls().isEmpty()) {
                message.putNull("tool_calls");
            } else {
                message.set("tool_calls", calls(choices.get(i).calls()));
            }
            putContent(message, choices.get(i).content());
        }
        answer.set("usage", usage.toJson());
        return answer;
    }

    /** The first chunk of a choice. Only this one has {@code role}: clients refuse a null role. */
    public ObjectNode opening(int choice) {
        ObjectNode chunk = head("chat.completion.chunk");
        ObjectNode part = chunk.putArray("choices").addObject().put("index", choice);
        part.putObject("delta").put("role", "assistant").put("content", "");
        part.putNull("finish_reason");
        return chunk;
    }

    /** More of the content: text as a string, thinking as its shape has it. */
    public ObjectNode more(int choice, Chunk content) {
        ObjectNode chunk = head("chat.completion.chunk");
        ObjectNode part = chunk.putArray("choices").addObject().put("index", choice);
        putContent(part.putObject("delta"), List.of(content));
        // Clients refuse an unfinished choice that lacks this key.
        part.putNull("finish_reason");
        return chunk;
    }

    /**
     * The last chunks of a choice: one with its calls and its finish reason, or, in OpenAI's shape,
     * one for each, since OpenAI's client for Python misses calls that come with the reason. Some
     * clients of Mistral's API keep only the last chunk's calls.
     */
    public List<ObjectNode> finish(
            int choice, List<ToolCall> calls, FinishReason reason, Optional<Usage> usage) {
        if (calls.isEmpty() || shape == AnswerForm.Shape.MISTRAL) {
            return List.of(end(choice, calls, reason, usage));
        }
        ObjectNode called = head("chat.completion.chunk");
        ObjectNode part = called.putArray("choices").addObject().put("index", choice);
        part.putObject("delta").set("tool_calls", calls(calls));
        part.putNull("finish_reason");
        return List.of(called, end(choice, List.of(), reason, usage));
    }

    private ObjectNode end(
            int choice, List<ToolCall> calls, FinishReason reason, Optional<Usage> usage) {
        ObjectNode chunk = head("chat.completion.chunk");
        ObjectNode part = chunk.putArray("choices").addObject().put("index", choice);
        ObjectNode delta = part.putObject("delta").put("content", "");
        if (!calls.isEmpty()) {
            delta.putNull("content").set("tool_calls", calls(calls));
        }
        part.put("finish_reason", reason(reason));
        usage.ifPresent(cost -> chunk.set("usage", cost.toJson()));
        return chunk;
    }

    /**
     * The last chunk of a choice that failed. The contract defines no error inside a stream:
     * Mistral's clients understand the finish reason "error", others look for an {@code error}
     * object beside {@code choices}.
     */
    public ObjectNode failure(int choice, ApiException cause) {
        ObjectNode chunk = end(choice, List.of(), FinishReason.ERROR, Optional.empty());
        chunk.set("error", cause.body());
        return chunk;
    }

    /** A chunk with the usage and no choices. */
    public ObjectNode usageOnly(Usage usage) {
        ObjectNode chunk = head("chat.completion.chunk");
        chunk.putArray("choices");
        chunk.set("usage", usage.toJson());
        return chunk;
    }

    private String reason(FinishReason reason) {
        return switch (shape) {
            case MISTRAL -> reason.wireName();
            // OpenAI's clients know one limit.
            case OPENAI ->
                    (reason == FinishReason.MODEL_LENGTH ? FinishReason.LENGTH : reason).wireName();
        };
    }

    /** Adds content to a message or to a stream's delta. */
    private void putContent(ObjectNode message, List<Chunk> content) {
        switch (shape) {
            case MISTRAL -> message.set("content", content(content));
            case OPENAI -> {
                StringBuilder text = new StringBuilder();
                StringBuilder thinking = new StringBuilder();
                for (Chunk chunk : content) {
                    switch (chunk) {
                        case Chunk.Text more -> text.append(more.text());
                        case Chunk.Thinking(var thoughts, boolean _) ->
                                thoughts.forEach(thought -> thinking.append(thought.text()));
                        case Chunk.Image _ -> throw noPicture();
                    }
                }
                if (!thinking.isEmpty()) {
                    message.put(THINKING, thinking.toString());
                }
                // A delta of thinking has no content; a message always has.
                if (!text.isEmpty() || thinking.isEmpty() || message.has("role")) {
                    message.put("content", text.toString());
                }
            }
        }
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
                case Chunk.Image _ -> throw noPicture();
            }
        }
        return chunks;
    }

    private static IllegalArgumentException noPicture() {
        return new IllegalArgumentException("models write no pictures");
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
