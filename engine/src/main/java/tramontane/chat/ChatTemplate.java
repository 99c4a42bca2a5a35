package tramontane.chat;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import tramontane.chat.MessageShape.Thinking;
import tramontane.chat.jinja.JinjaTemplate;
import tramontane.chat.jinja.TemplateException;
import tramontane.chat.jinja.TemplateLimits;
import tramontane.token.Span;

/** A compiled chat template of a model. Thread-safe. */
public final class ChatTemplate {
    private static final Pattern THINKING_CHUNK = Pattern.compile("==\\s*['\"]thinking['\"]");
    private static final Pattern THINKING_FIELD =
            Pattern.compile("\\.thinking\\b|\\[\\s*['\"]thinking['\"]\\s*\\]");

    // Private-use characters: no template compares them and no trimming removes them.
    private static final String MARK = "\uE0B2\uE0B3\uE0B2";

    private final JinjaTemplate template;
    private final MessageShape shape;
    private final List<String> missing;

    /** Renders conversations with tools in place of this template. */
    private final Optional<ChatTemplate> forTools;

    private ChatTemplate(JinjaTemplate template, MessageShape shape, List<String> missing) {
        this(template, shape, missing, Optional.empty());
    }

    private ChatTemplate(
            JinjaTemplate template,
            MessageShape shape,
            List<String> missing,
            Optional<ChatTemplate> forTools) {
        this.template = template;
        this.shape = shape;
        this.missing = List.copyOf(missing);
        this.forTools = forTools;
    }

    /** This template, with another one for conversations with tools. */
    public ChatTemplate withTools(ChatTemplate other) {
        return new ChatTemplate(
                template,
                shape,
                Stream.concat(missing.stream(), other.missing.stream()).distinct().toList(),
                Optional.of(other));
    }

    /**
     * Compiles a template, and finds out by trial renderings which form of messages it reads.
     *
     * @throws TemplateException when it is malformed, always uses an unknown name, or fails on the
     *     simplest conversation
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

    /** Unknown filters, tests and functions that only some conversations use. */
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
     * Renders a conversation. If the template does not accept it, for example because of two user
     * messages in a row, a {@link TemplateException} of kind REFUSED has the template's message.
     */
    public RenderedPrompt render(TemplateInput input) {
        if (forTools.isPresent() && !input.tools().isEmpty()) {
            return forTools.get().render(input);
        }
        boolean continues = !input.messages().isEmpty() && input.messages().getLast().prefix();
        return new RenderedPrompt(continues ? spansWithPrefix(input) : spans(input));
    }

    private List<Span> spans(TemplateInput input) {
        Map<String, Object> variables = new TemplateValues(shape).variables(input);
        TemplateLimits limits =
                TemplateLimits.forInput(TemplateValues.chars(new ArrayList<>(variables.values())));
        return template.render(variables, input.now(), limits).spans();
    }

    /**
     * A prompt that ends with the text of the last message. The text goes where the template puts
     * it, so that a thinking model has its thinking closed before it. If the template shows no such
     * position, the text follows the prompt for a new answer. In both cases the text is exactly the
     * caller's, even if the template would have trimmed it.
     */
    private List<Span> spansWithPrefix(TemplateInput input) {
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

    /** The part of the prompt before the text of the last message, if the template shows it. */
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

    /** Renders small conversations and looks for their texts in the result. */
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
            // A printed Python dictionary means that the template expected text.
            return !text.contains(VALUE) || text.contains("{'" + KEY + "'");
        }

        /**
         * Throws if the template fails both with and without tools. It may refuse a conversation.
         */
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
