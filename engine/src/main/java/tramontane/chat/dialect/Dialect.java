package tramontane.chat.dialect;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import tramontane.chat.ChatTemplate;
import tramontane.chat.Message;
import tramontane.chat.Role;
import tramontane.chat.TemplateInput;
import tramontane.chat.Tool;
import tramontane.chat.ToolCall;
import tramontane.chat.jinja.TemplateException;
import tramontane.token.Tokenizer;

/**
 * How a model writes thinking and calls, as its chat template shows.
 *
 * @param spelled writes tools, calls and results into the messages as text; empty if the template
 *     renders them itself
 * @param maxCalls maximum of calls in one answer
 */
public record Dialect(
        Optional<ThinkingFormat> thinking,
        ToolFormat tools,
        Optional<SpelledTools> spelled,
        int maxCalls) {
    private static final int MAX_CALLS = 32;

    /** Finds out the dialect of a model from its template. */
    public static Dialect of(String source, ChatTemplate template, Tokenizer tokenizer) {
        return new Probe(template, tokenizer).dialect(ThinkingFormat.of(source, tokenizer));
    }

    /** Renders small conversations and looks for their words in the result. */
    private static final class Probe {
        private static final String NAME = "probe0name";
        private static final String WORDS = "probe0words";
        private static final String RESULT = "probe0result";

        /** The beginning of a call in JSON, as templates print it. */
        private static final String NAMED = "\"name\": \"" + NAME + "\", ";

        private static final Pattern LIST = Pattern.compile("\\[TOOL_CALLS\\](\\s*)\\[\\{" + NAMED);

        private static final Pattern TAGGED =
                Pattern.compile(
                        "<tool_call>(\\s*)\\{"
                                + NAMED
                                + "\"arguments\": \\{[^}]*\\}\\}\\1</tool_call>");

        private final ChatTemplate template;
        private final Tokenizer tokenizer;

        Probe(ChatTemplate template, Tokenizer tokenizer) {
            this.template = template;
            this.tokenizer = tokenizer;
        }

        Dialect dialect(Optional<ThinkingFormat> thinking) {
            String shown = render(1);
            boolean whole = shown.contains(WORDS) && shown.contains(RESULT);
            Optional<ToolFormat> own = whole ? format(shown) : Optional.empty();
            if (own.isPresent()) {
                return new Dialect(thinking, own.get(), Optional.empty(), maxCalls());
            }
            ToolFormat format =
                    mark("<start_of_turn>").control().isPresent()
                            ? new ToolFormat.Bare(Optional.empty())
                            : new ToolFormat.Tagged(
                                    mark("<tool_call>"), mark("</tool_call>"), "\n");
            SpelledTools spelled = new SpelledTools(format, hasSystemRole());
            return new Dialect(thinking, format, Optional.of(spelled), MAX_CALLS);
        }

        private Optional<ToolFormat> format(String shown) {
            Matcher list = LIST.matcher(shown);
            if (list.find()) {
                return Optional.of(new ToolFormat.MistralList(mark("[TOOL_CALLS]"), list.group(1)));
            }
            if (shown.contains("[TOOL_CALLS]" + NAME)) {
                Optional<Mark> callId =
                        shown.contains(NAME + "[CALL_ID]")
                                ? Optional.of(mark("[CALL_ID]"))
                                : Optional.empty();
                return Optional.of(
                        new ToolFormat.MistralNamed(mark("[TOOL_CALLS]"), callId, mark("[ARGS]")));
            }
            Matcher tagged = TAGGED.matcher(shown);
            if (tagged.find()) {
                return Optional.of(
                        new ToolFormat.Tagged(
                                mark("<tool_call>"), mark("</tool_call>"), tagged.group(1)));
            }
            if (shown.contains("{" + NAMED + "\"parameters\": {")) {
                return Optional.of(
                        new ToolFormat.Bare(
                                Optional.of(mark("<|python_tag|>"))
                                        .filter(mark -> mark.control().isPresent())));
            }
            return Optional.empty();
        }

        private Mark mark(String text) {
            return Mark.of(text, tokenizer);
        }

        /** Some templates refuse or drop all calls of a message except one. */
        private int maxCalls() {
            String shown = render(2);
            return shown.contains(NAME + "0") && shown.contains(NAME + "1") ? MAX_CALLS : 1;
        }

        private boolean hasSystemRole() {
            return render(
                            List.of(
                                    Message.text(Role.SYSTEM, WORDS),
                                    Message.text(Role.USER, RESULT)),
                            List.of())
                    .contains(WORDS);
        }

        private String render(int calls) {
            List<ToolCall> made =
                    IntStream.range(0, calls)
                            .mapToObj(i ->
                                    new ToolCall(
                                            "probe000" + i,
                                            calls == 1 ? NAME : NAME + i,
                                            Map.of("probe0key", "probe0value")))
                            .toList();
            List<Message> messages = new ArrayList<>();
            messages.add(Message.text(Role.USER, "probe0question"));
            messages.add(Message.calling(made));
            for (ToolCall call : made) {
                messages.add(Message.result(call, RESULT));
            }
            Map<String, Object> parameters = Map.of("type", "object", "properties", Map.of());
            return render(messages, List.of(new Tool(NAME, WORDS, parameters, false)));
        }

        private String render(List<Message> messages, List<Tool> tools) {
            LocalDateTime then = LocalDateTime.of(2000, 1, 1, 0, 0);
            try {
                return template.render(
                                new TemplateInput(messages, tools, true, "", "", Map.of(), then))
                        .text();
            } catch (TemplateException unreadable) {
                return "";
            }
        }
    }
}
