package tramontane.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import tramontane.chat.Chunk;
import tramontane.chat.Message;
import tramontane.chat.Role;
import tramontane.chat.ToolCall;
import tramontane.chat.Turns;

/**
 * A conversation with probe words in place of what is said, called and thought. Rendered by the
 * same template, it shows which parts that template passes over; the words of the conversation
 * itself would not, for a tool may be called "the".
 */
record Skeleton(List<Message> original, List<Message> messages) {
    static Skeleton of(List<Message> original) {
        return new Skeleton(
                original,
                IntStream.range(0, original.size())
                        .mapToObj(i -> probe(original.get(i), i))
                        .toList());
    }

    /** Whether the conversation has parts that some templates pass over. */
    boolean isAtRisk() {
        return IntStream.range(0, original.size())
                .anyMatch(i ->
                        Turns.isLate(original, i)
                                || !original.get(i).toolCalls().isEmpty()
                                || original.get(i).role() != Role.ASSISTANT
                                        && !original.get(i).thoughts().isEmpty());
    }

    /** Whether a system message behind the first answer is not in the rendered skeleton. */
    boolean losesSystem(String rendered) {
        return IntStream.range(0, original.size())
                .filter(i -> Turns.isLate(original, i) && !original.get(i).text().isBlank())
                .anyMatch(i -> !rendered.contains(text(i)));
    }

    /** Whether a call is not in the rendered skeleton. */
    boolean losesCalls(String rendered) {
        return messages.stream()
                .flatMap(message -> message.toolCalls().stream())
                .anyMatch(call -> !rendered.contains(call.name()));
    }

    /** Whether a thought outside the assistant's messages is not in the rendered skeleton. */
    boolean losesThoughts(String rendered) {
        return messages.stream()
                .filter(message -> message.role() != Role.ASSISTANT)
                .flatMap(message -> message.thoughts().stream())
                .anyMatch(thought -> !rendered.contains(thought.text()));
    }

    private static String text(int message) {
        return "probe0text" + message + "e";
    }

    private static Message probe(Message message, int index) {
        List<Chunk> content = new ArrayList<>();
        for (Chunk chunk : message.content()) {
            switch (chunk) {
                case Chunk.Text(String said) ->
                        content.add(new Chunk.Text(said.isEmpty() ? said : text(index)));
                case Chunk.Thinking(List<Chunk.Text> _, boolean closed) ->
                        content.add(
                                new Chunk.Thinking(
                                        List.of(
                                                new Chunk.Text(
                                                        "probe0thought"
                                                                + index
                                                                + "n"
                                                                + content.size()
                                                                + "e")),
                                        closed));
            }
        }
        List<ToolCall> calls = new ArrayList<>();
        for (ToolCall call : message.toolCalls()) {
            String name = "probe0call" + index + "n" + calls.size() + "e";
            calls.add(new ToolCall(call.id(), name, Map.of("probe0key", "probe0value")));
        }
        return new Message(
                message.role(),
                content,
                calls,
                message.toolCallId(),
                message.name(),
                message.prefix());
    }
}
