package tramontane.upstream;

import java.util.List;
import java.util.stream.Collectors;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.chat.Chunk;
import tramontane.chat.Message;
import tramontane.chat.Role;
import tramontane.chat.ToolCall;

/** Writes messages for an engine. */
final class MessageJson {
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    private MessageJson() {}

    static ArrayNode of(List<Message> messages, UpstreamKind kind) {
        ArrayNode list = NODES.arrayNode(messages.size());
        messages.forEach(message -> list.add(of(message, kind)));
        return list;
    }

    private static ObjectNode of(Message message, UpstreamKind kind) {
        ObjectNode json = NODES.objectNode().put("role", message.role().wireName());
        if (kind.speaksMistral()) {
            putChunks(json, message);
        } else {
            putText(json, message);
        }
        if (!message.toolCalls().isEmpty()) {
            ArrayNode calls = json.putArray("tool_calls");
            message.toolCalls().forEach(call -> calls.add(of(call)));
        }
        message.toolCallId().ifPresent(id -> json.put("tool_call_id", id));
        message.name().ifPresent(name -> json.put("name", name));
        if (message.prefix() && kind.speaksMistral()) {
            json.put("prefix", true);
        }
        return json;
    }

    private static ObjectNode of(ToolCall call) {
        ObjectNode json = NODES.objectNode().put("id", call.id()).put("type", "function");
        json.putObject("function")
                .put("name", call.name())
                .put(
                        "arguments",
                        call.arguments() instanceof String text
                                ? text
                                : JsonTree.of(call.arguments()).toString());
        return json;
    }

    /** Chunk by chunk, so that the engine reads exactly what this server would. */
    private static void putChunks(ObjectNode json, Message message) {
        List<Chunk> content = message.content();
        if (content.isEmpty()) {
            json.putNull("content");
        } else if (content.size() == 1 && content.getFirst() instanceof Chunk.Text(String text)) {
            json.put("content", text);
        } else {
            ArrayNode chunks = json.putArray("content");
            for (Chunk chunk : content) {
                switch (chunk) {
                    case Chunk.Text text -> put(chunks, text);
                    case Chunk.Thinking(var parts, boolean closed) -> {
                        ObjectNode thinking = chunks.addObject().put("type", "thinking");
                        ArrayNode texts = thinking.putArray("thinking");
                        parts.forEach(part -> put(texts, part));
                        thinking.put("closed", closed);
                    }
                    case Chunk.Image image -> put(chunks, image, image.detail().isEmpty());
                }
            }
        }
    }

    private static void put(ArrayNode chunks, Chunk.Text text) {
        chunks.addObject().put("type", "text").put("text", text.text());
    }

    /**
     * @param bare true for the address alone, false for an object with it
     */
    private static void put(ArrayNode chunks, Chunk.Image image, boolean bare) {
        ObjectNode chunk = chunks.addObject().put("type", "image_url");
        if (bare) {
            chunk.put("image_url", image.url());
            return;
        }
        ObjectNode object = chunk.putObject("image_url").put("url", image.url());
        image.detail().ifPresent(detail -> object.put("detail", detail.wireName()));
    }

    /**
     * Engines of OpenAI's API expect a string, or parts if there are pictures; only an assistant
     * that calls may have none.
     */
    private static void putText(ObjectNode json, Message message) {
        boolean callsOnly = !message.toolCalls().isEmpty() && message.text().isEmpty();
        if (callsOnly && message.images().isEmpty()) {
            json.putNull("content");
        } else if (!message.images().isEmpty()) {
            ArrayNode parts = json.putArray("content");
            for (Chunk chunk : message.content()) {
                switch (chunk) {
                    case Chunk.Text text -> put(parts, text);
                    case Chunk.Image image -> put(parts, image, false);
                    // Beside the content, see below.
                    case Chunk.Thinking _ -> {}
                }
            }
        } else {
            json.put("content", message.text());
        }
        String thinking =
                message.thinking().stream().map(Chunk.Thinking::text).collect(Collectors.joining());
        if (message.role() == Role.ASSISTANT && !thinking.isEmpty()) {
            json.put("reasoning_content", thinking);
        }
    }
}
