package tramontane.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
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
    private static final Pattern WORD = Pattern.compile("probe0(?:text|call|thought)[0-9n]+e");

    static Skeleton of(List<Message> original) {
        return new Skeleton(
                original,
                IntStream.range(0, original.size())
                        .mapToObj(i -> probe(original.get(i), i))
                        .toList());
    }

    /** Whether the conversation has parts that some templates pass over. */
    boolean isAtRisk() {
        return !Turns.late(original).isEmpty()
                || original.stream()
                        .anyMatch(message ->
                                !message.toolCalls().isEmpty()
                                        || message.role() != Role.ASSISTANT
                                                && !message.thoughts().isEmpty());
    }

    /** Whether a system message behind the first answer is not in the rendered skeleton. */
    boolean losesSystem(String rendered) {
        Set<String> words = words(rendered);
        return Turns.late(original).stream()
                .filter(i -> !original.get(i).text().isBlank())
                .anyMatch(i -> !words.contains(text(i)));
    }

    /** Whether a call is not in the rendered skeleton. */
    boolean losesCalls(String rendered) {
        Set<String> words = words(rendered);
        return messages.stream()
                .flatMap(message -> message.toolCalls().stream())
                .anyMatch(call -> !words.contains(call.name()));
    }

    /** Whether a thought outside the assistant's messages is not in the rendered skeleton. */
    boolean losesThoughts(String rendered) {
        Set<String> words = words(rendered);
        return messages.stream()
                .filter(message -> message.role() != Role.ASSISTANT)
                .flatMap(message -> message.thoughts().stream())
                .anyMatch(thought -> !words.contains(thought.text()));
    }

    /** The probe words in a text, found in one pass: there may be many thousands of either. */
    private static Set<String> words(String rendered) {
        return WORD.matcher(rendered).results().map(MatchResult::group).collect(Collectors.toSet());
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
