package tramontane.chat.dialect;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tramontane.chat.Chunk;
import tramontane.chat.Message;
import tramontane.chat.Role;
import tramontane.chat.Tool;
import tramontane.chat.ToolCall;

/** Tools in conversations for templates that do not render them. */
class SpelledToolsTest {
    private static final ToolFormat TAGGED =
            new ToolFormat.Tagged(Mark.text("<tool_call>"), Mark.text("</tool_call>"), "\n");
    private static final Tool TOOL =
            new Tool("get", "Gets \"it\"", Map.of("type", "object"), false);

    static Message assistant(String text, ToolCall... calls) {
        return new Message(
                Role.ASSISTANT,
                text.isEmpty() ? List.of() : List.of(new Chunk.Text(text)),
                List.of(calls),
                Optional.empty(),
                Optional.empty(),
                false);
    }

    static Message result(String id, String text) {
        return new Message(
                Role.TOOL,
                List.of(new Chunk.Text(text)),
                List.of(),
                id.isEmpty() ? Optional.empty() : Optional.of(id),
                Optional.empty(),
                false);
    }

    private static void check(
            SpelledTools spelled, List<Tool> tools, List<Message> messages, String... expected) {
        assertThat(
                        spelled.write(messages, tools).stream()
                                .map(message -> message.role().wireName() + ": " + message.text()))
                .containsExactly(expected);
    }

    @Test
    void callsAndResultsBecomeText() {
        check(
                new SpelledTools(TAGGED, true),
                List.of(),
                List.of(
                        Message.text(Role.USER, "Hi"),
                        assistant(
                                "Well",
                                new ToolCall("a", "get", Map.of("x", 1)),
                                new ToolCall("b", "put", "{\"y\": 2}")),
                        result("a", "one"),
                        result("b", "two"),
                        Message.text(Role.USER, "So?")),
                "user: Hi",
                "assistant: Well\n<tool_call>\n{\"name\": \"get\", \"arguments\": {\"x\": 1}}\n</tool_call>\n"
                        + "<tool_call>\n{\"name\": \"put\", \"arguments\": {\"y\": 2}}\n</tool_call>",
                "user: <tool_response>\none\n</tool_response>\n<tool_response>\ntwo\n</tool_response>\nSo?");
    }

    @Test
    void toolsAreInTheSystemMessageOrTheFirstUserMessage() {
        List<Message> plain = List.of(Message.text(Role.USER, "Hi"));
        List<Message> own =
                List.of(Message.text(Role.SYSTEM, "Be kind."), Message.text(Role.USER, "Hi"));
        SpelledTools bare = new SpelledTools(new ToolFormat.Bare(Optional.empty()), false);

        assertThat(new SpelledTools(TAGGED, true).write(plain, List.of(TOOL)))
                .satisfiesExactly(
                        first ->
                                assertThat(first.text())
                                        .contains(
                                                "{\"name\": \"get\", \"description\": \"Gets \\\"it\\\"\", \"parameters\": {\"type\": \"object\"}}")
                                        .contains(
                                                "<tool_call>\n{\"name\": \"NAME\", \"arguments\": {...}}\n</tool_call>"),
                        second -> assertThat(second.text()).isEqualTo("Hi"));
        assertThat(new SpelledTools(TAGGED, true).write(own, List.of(TOOL)).getFirst().text())
                .startsWith("Be kind.\n\nYou can call");
        assertThat(bare.write(plain, List.of(TOOL)))
                .singleElement()
                .satisfies(message ->
                        assertThat(message.text())
                                .contains("{\"name\": \"NAME\", \"parameters\": {...}}")
                                .endsWith("\n\nHi"));
    }

    @Test
    void conversationsWithoutToolsAreNotChanged() {
        List<Message> messages =
                List.of(Message.text(Role.USER, "Hi"), Message.text(Role.USER, "you"));
        assertThat(new SpelledTools(TAGGED, true).write(messages, List.of())).isEqualTo(messages);
    }

    @Test
    void everyCallGetsAnIdThatMistralsTemplatesAccept() {
        List<Message> settled =
                CallIds.normalize(
                        List.of(
                                assistant(
                                        "",
                                        new ToolCall("chatcmpl-tool-1", "a", ""),
                                        new ToolCall("abcdef012", "b", ""),
                                        new ToolCall("null", "c", "")),
                                result("abcdef012", "B"),
                                result("chatcmpl-tool-1", "A"),
                                result("", "C")));
        assertThat(settled.getFirst().toolCalls())
                .extracting(ToolCall::id)
                .containsExactly("call00001", "abcdef012", "call00003");
        assertThat(settled.subList(1, 4))
                .extracting(
                        message -> message.toolCallId().orElse(""),
                        message -> message.name().orElse(""))
                .containsExactly(
                        org.assertj.core.groups.Tuple.tuple("abcdef012", "b"),
                        org.assertj.core.groups.Tuple.tuple("call00001", "a"),
                        org.assertj.core.groups.Tuple.tuple("call00003", "c"));
    }
}
