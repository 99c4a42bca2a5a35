package tramontane.chat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tramontane.chat.jinja.Json;
import tramontane.chat.jinja.None;

/**
 * Converts conversations of test data, JSON in the format of transformers, to the records of this
 * package.
 */
final class Conversations {
    private Conversations() {}

    static List<Message> messages(Map<String, Object> conversation) {
        List<Message> messages = new ArrayList<>();
        for (Map<String, Object> message : Json.objects(conversation, "messages")) {
            List<ToolCall> calls = new ArrayList<>();
            for (Map<String, Object> call : Json.objects(message, "tool_calls")) {
                Map<String, Object> function = Json.object(call, "function");
                calls.add(
                        new ToolCall(
                                Json.string(call, "id"),
                                Json.string(function, "name"),
                                plain(Json.at(function, "arguments"))));
            }
            messages.add(
                    new Message(
                            Role.valueOf(Json.string(message, "role").toUpperCase(Locale.ROOT)),
                            List.of(new Chunk.Text(Json.string(message, "content"))),
                            calls,
                            Optional.ofNullable(message.get("tool_call_id"))
                                    .map(String.class::cast),
                            Optional.ofNullable(message.get("name")).map(String.class::cast),
                            false));
        }
        return messages;
    }

    @SuppressWarnings("unchecked")
    static List<Tool> tools(Map<String, Object> conversation) {
        List<Tool> tools = new ArrayList<>();
        for (Map<String, Object> tool : Json.objects(conversation, "tools")) {
            Map<String, Object> function = Json.object(tool, "function");
            tools.add(
                    new Tool(
                            Json.string(function, "name"),
                            Json.string(function, "description"),
                            (Map<String, Object>) plain(Json.at(function, "parameters")),
                            false));
        }
        return tools;
    }

    private static Object plain(Object value) {
        return switch (value) {
            case None _ -> JsonNull.NULL;
            case List<?> list -> list.stream().map(Conversations::plain).toList();
            case Map<?, ?> map -> {
                Map<Object, Object> plain = new LinkedHashMap<>();
                map.forEach((key, item) -> plain.put(key, plain(item)));
                yield plain;
            }
            default -> value;
        };
    }
}
