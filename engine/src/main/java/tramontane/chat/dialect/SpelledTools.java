package tramontane.chat.dialect;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tramontane.chat.Chunk;
import tramontane.chat.JsonLine;
import tramontane.chat.Message;
import tramontane.chat.Role;
import tramontane.chat.Tool;

/**
 * Writes tools, calls and results as text into messages, for templates that do not render them.
 *
 * @param hasSystemRole true if the template accepts system messages; otherwise the tools are in the
 *     first user message
 */
public record SpelledTools(ToolFormat format, boolean hasSystemRole) {
    /** Returns the conversation with tools, calls and results as text. */
    public List<Message> write(List<Message> messages, List<Tool> tools) {
        UserTurns written = new UserTurns();
        // A result becomes a user message. Templates that require alternating turns would refuse
        // another user message behind it.
        boolean hasResults = messages.stream().anyMatch(message -> message.role() == Role.TOOL);
        for (Message message : messages) {
            if (message.role() == Role.TOOL) {
                String name = message.name().map(each -> " name=\"" + each + "\"").orElse("");
                written.say(
                        "<tool_response" + name + ">\n" + message.text() + "\n</tool_response>");
            } else if (!message.toolCalls().isEmpty()) {
                written.add(calling(message));
            } else if (message.role() == Role.USER && hasResults && written.isUsersTurn()) {
                written.say(message.text());
            } else {
                written.add(message);
            }
        }
        return tools.isEmpty() ? written.messages() : introduced(written.messages(), tools);
    }

    private Message calling(Message message) {
        List<Chunk> content = new ArrayList<>(message.content());
        String space = message.text().isEmpty() ? "" : "\n";
        content.add(new Chunk.Text(space + format.write(message.toolCalls())));
        return new Message(
                Role.ASSISTANT,
                content,
                List.of(),
                Optional.empty(),
                Optional.empty(),
                message.prefix());
    }

    private List<Message> introduced(List<Message> messages, List<Tool> tools) {
        List<Message> all = new ArrayList<>(messages);
        Role bearer = hasSystemRole ? Role.SYSTEM : Role.USER;
        String text = introduction(tools);
        for (int i = 0; i < all.size(); i++) {
            if (all.get(i).role() == bearer) {
                Message own = all.get(i);
                all.set(i, hasSystemRole ? own.withLast(text) : own.withFirst(text));
                return all;
            }
        }
        all.addFirst(Message.text(bearer, text));
        return all;
    }

    private String introduction(List<Tool> tools) {
        String list = tools.stream().map(SpelledTools::describe).collect(Collectors.joining("\n"));
        String object = format.head("NAME") + "{...}}";
        String form =
                format instanceof ToolFormat.Tagged(Mark open, Mark close, String space)
                        ? open.text() + space + object + space + close.text()
                        : object;
        return "You can call these functions, given as JSON with their parameters as JSON Schema:\n"
                + list
                + "\n\nTo call one, answer with nothing but this, with the function's name and its arguments in place:\n"
                + form
                + "\nIts result comes back in <tool_response> tags. If no function helps, answer in plain text.";
    }

    private static String describe(Tool tool) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("name", tool.name());
        function.put("description", tool.description());
        function.put("parameters", tool.parameters());
        return JsonLine.of(function);
    }
}
