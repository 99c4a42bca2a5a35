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
 * A conversation in which probe words replace texts, calls and thinking. Rendering it shows which
 * parts a template drops. The original words could not show that: a tool may have the name "the".
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

    /** True if the conversation has parts that some templates drop. */
    boolean isAtRisk() {
        return !Turns.late(original).isEmpty()
                || original.stream()
                        .anyMatch(message ->
                                !message.toolCalls().isEmpty()
                                        || message.role() != Role.ASSISTANT
                                                && !message.thinking().isEmpty());
    }

    /** True if a system message after the first answer is missing from the rendered skeleton. */
    boolean losesSystem(String rendered) {
        Set<String> words = words(rendered);
        return Turns.late(original).stream()
                .filter(i -> !original.get(i).text().isBlank())
                .anyMatch(i -> !words.contains(text(i)));
    }

    /** True if a call is missing from the rendered skeleton. */
    boolean losesCalls(String rendered) {
        Set<String> words = words(rendered);
        return messages.stream()
                .flatMap(message -> message.toolCalls().stream())
                .anyMatch(call -> !words.contains(call.name()));
    }

    /** True if thinking outside the assistant's messages is missing from the rendered skeleton. */
    boolean losesThinking(String rendered) {
        Set<String> words = words(rendered);
        return messages.stream()
                .filter(message -> message.role() != Role.ASSISTANT)
                .flatMap(message -> message.thinking().stream())
                .anyMatch(thought -> !words.contains(thought.text()));
    }

    /** The probe words in a text, found in one pass, since there may be thousands of both. */
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
                case Chunk.Image image -> content.add(image);
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
