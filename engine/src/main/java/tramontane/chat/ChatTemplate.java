package tramontane.chat;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import tramontane.chat.MessageShape.Thinking;
import tramontane.chat.jinja.JinjaTemplate;
import tramontane.chat.jinja.Limits;
import tramontane.chat.jinja.TemplateException;
import tramontane.token.Span;

/** A model's chat template, ready for any number of conversations from any thread. */
public final class ChatTemplate {
    private static final Pattern THINKING_CHUNK = Pattern.compile("==\\s*['\"]thinking['\"]");
    private static final Pattern THINKING_FIELD =
            Pattern.compile("\\.thinking\\b|\\[\\s*['\"]thinking['\"]\\s*\\]");

    // Private-use characters, which no template looks for and no trimming touches.
    private static final String MARK = "\uE0B2\uE0B3\uE0B2";

    private final JinjaTemplate template;
    private final MessageShape shape;
    private final List<String> missing;

    private ChatTemplate(JinjaTemplate template, MessageShape shape, List<String> missing) {
        this.template = template;
        this.shape = shape;
        this.missing = List.copyOf(missing);
    }

    /**
     * Reads a template and tries out which form of messages it understands.
     *
     * @throws TemplateException where it is malformed, names what nobody knows, or fails on the
     *     simplest conversation: it would be of no use for any other
     */
    public static ChatTemplate compile(String source) {
        JinjaTemplate template = JinjaTemplate.compile(source);
        List<String> missing = template.check();
        MessageShape simple = new MessageShape(false, false, thinking(source));
        MessageShape shape =
                Probe.contentIsLost(new ChatTemplate(template, simple, missing))
                                && !Probe.contentIsLost(
                                        new ChatTemplate(
                                                template, simple.withContentInChunks(), missing))
                        ? simple.withContentInChunks()
                        : simple;
        boolean argumentsAsText =
                Probe.argumentsAreLost(new ChatTemplate(template, shape, missing))
                        && !Probe.argumentsAreLost(
                                new ChatTemplate(template, shape.withArgumentsAsText(), missing));
        ChatTemplate compiled =
                new ChatTemplate(
                        template, argumentsAsText ? shape.withArgumentsAsText() : shape, missing);
        Probe.tryOut(compiled);
        return compiled;
    }

    /** Filters, tests and functions that some conversations need and nobody knows. */
    public List<String> missing() {
        return missing;
    }

    private static Thinking thinking(String source) {
        if (source.contains("reasoning_content")) {
            return Thinking.REASONING_CONTENT_FIELD;
        }
        if (THINKING_CHUNK.matcher(source).find()) {
            return Thinking.CHUNK;
        }
        return THINKING_FIELD.matcher(source).find() ? Thinking.THINKING_FIELD : Thinking.NOWHERE;
    }

    /**
     * Renders a conversation. A {@link TemplateException} of kind REFUSED carries the template's
     * own words about a conversation it does not accept, such as two user messages in a row.
     */
    public RenderedPrompt render(TemplateInput input) {
        boolean goesOn = !input.messages().isEmpty() && input.messages().getLast().prefix();
        return new RenderedPrompt(goesOn ? spansToGoOn(input) : spans(input));
    }

    private List<Span> spans(TemplateInput input) {
        Map<String, Object> variables = new TemplateValues(shape).variables(input);
        Limits limits = Limits.forInput(TemplateValues.chars(new ArrayList<>(variables.values())));
        return template.render(variables, input.now(), limits).spans();
    }

    /**
     * A prompt that ends with the text of the last message. Best is the place where the template
     * puts that message's text: a reasoning model then has its thinking closed before it. Where the
     * template shows no such place, the text goes behind the prompt for a new answer. Either way
     * the text is the caller's to the letter, also where the template would have trimmed it.
     */
    private List<Span> spansToGoOn(TemplateInput input) {
        Message last = input.messages().getLast();
        List<Message> before = input.messages().subList(0, input.messages().size() - 1);
        List<Span> spans =
                new ArrayList<>(
                        headOf(last, before, input)
                                .orElseGet(() -> spans(input.with(before, true))));
        if (!last.text().isEmpty()) {
            append(spans, new Span(last.text(), false));
        }
        return spans;
    }

    /** What the template writes before the text of the last message. */
    private Optional<List<Span>> headOf(Message last, List<Message> before, TemplateInput input) {
        List<Chunk> content = new ArrayList<>(last.content());
        content.removeIf(Chunk.Text.class::isInstance);
        content.add(new Chunk.Text(MARK));
        List<Message> messages = new ArrayList<>(before);
        messages.add(
                new Message(
                        last.role(),
                        content,
                        last.toolCalls(),
                        last.toolCallId(),
                        last.name(),
                        false));
        List<Span> spans;
        try {
            spans = new ArrayList<>(spans(input.with(messages, false)));
        } catch (TemplateException refused) {
            return Optional.empty();
        }
        while (!spans.isEmpty() && spans.getLast().trusted()) {
            spans.removeLast();
        }
        if (spans.isEmpty() || !spans.getLast().text().endsWith(MARK)) {
            return Optional.empty();
        }
        String text = spans.removeLast().text();
        if (text.length() > MARK.length()) {
            spans.add(new Span(text.substring(0, text.length() - MARK.length()), false));
        }
        return Optional.of(spans);
    }

    private static void append(List<Span> spans, Span span) {
        boolean merges = !spans.isEmpty() && spans.getLast().trusted() == span.trusted();
        String before = merges ? spans.removeLast().text() : "";
        spans.add(new Span(before + span.text(), span.trusted()));
    }

    /** Small conversations with texts to look for in what a template makes of them. */
    private static final class Probe {
        private static final String CONTENT = "probe0content";
        private static final String KEY = "probe0key";
        private static final String VALUE = "probe0value";

        static boolean contentIsLost(ChatTemplate template) {
            return !rendered(template, List.of(Message.text(Role.USER, CONTENT))).contains(CONTENT);
        }

        static boolean argumentsAreLost(ChatTemplate template) {
            ToolCall call = new ToolCall("probe0001", "probe0name", Map.of(KEY, VALUE));
            String text =
                    rendered(
                            template,
                            List.of(
                                    Message.text(Role.USER, CONTENT),
                                    Message.calling(List.of(call)),
                                    Message.result(call, "probe0result")));
            // Python's way to print a dictionary means that the template wanted text.
            return !text.contains(VALUE) || text.contains("{'" + KEY + "'");
        }

        /** A template may turn a conversation down, or want tools, but not fail in any case. */
        static void tryOut(ChatTemplate template) {
            List<Message> messages = List.of(Message.text(Role.USER, CONTENT));
            try {
                template.render(input(messages, List.of()));
            } catch (TemplateException e) {
                boolean refused = e.kind() == TemplateException.Kind.REFUSED;
                if (!refused && rendered(template, messages).isEmpty()) {
                    throw e;
                }
            }
        }

        private static String rendered(ChatTemplate template, List<Message> messages) {
            Tool tool =
                    new Tool(
                            "probe0name",
                            "",
                            Map.of("type", "object", "properties", Map.of()),
                            false);
            try {
                return template.render(input(messages, List.of(tool))).text();
            } catch (TemplateException unreadable) {
                return "";
            }
        }

        private static TemplateInput input(List<Message> messages, List<Tool> tools) {
            return new TemplateInput(
                    messages, tools, true, "", "", Map.of(), LocalDateTime.of(2000, 1, 1, 0, 0));
        }
    }
}
