package tramontane.backend;

import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import tramontane.api.AnswerSchema;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.ChatCompletionRequest.PromptMode;
import tramontane.api.ErrorCode;
import tramontane.api.ToolUse;
import tramontane.chat.ChatTemplate;
import tramontane.chat.JsonLine;
import tramontane.chat.Message;
import tramontane.chat.RenderedPrompt;
import tramontane.chat.Role;
import tramontane.chat.TemplateInput;
import tramontane.chat.Turns;
import tramontane.chat.dialect.CallIds;
import tramontane.chat.dialect.Dialect;
import tramontane.chat.dialect.PlainTurns;
import tramontane.chat.dialect.ThinkingFormat;
import tramontane.chat.jinja.TemplateException;
import tramontane.token.Span;
import tramontane.token.Tokenizer;

/**
 * Renders and tokenizes the prompts of requests for one model.
 *
 * @param clock for templates that print the date
 * @param images the tokens of pictures; empty if the model reads none
 */
record PromptWriter(
        ChatTemplate template,
        Dialect dialect,
        Tokenizer tokenizer,
        InstantSource clock,
        Optional<ImageTokens> images) {
    /** For a model that reads text only. */
    PromptWriter(ChatTemplate template, Dialect dialect, Tokenizer tokenizer, InstantSource clock) {
        this(template, dialect, tokenizer, clock, Optional.empty());
    }

    /** Precedes a schema in the prompt. */
    static final String SCHEMA_FOLLOWS =
            "Answer with a JSON value only. It must be valid under this JSON Schema:\n";

    /**
     * Follows a schema in the prompt: small models tend to repeat the schema instead of writing a
     * value.
     */
    static final String SCHEMA_ENDS = "\nDo not repeat the schema.";

    /**
     * A prompt, and whether the answer starts with thinking.
     *
     * @param spans the text of the tokens
     */
    record Prompt(int[] tokens, AnswerPlan.Thinking thinking, List<Span> spans) {}

    Prompt write(ChatCompletionRequest request) throws ApiException {
        return write(request, Integer.MAX_VALUE);
    }

    /** Renders a prompt and tokenizes at least {@code most} tokens of it: see {@link Tokenizer}. */
    Prompt write(ChatCompletionRequest request, int most) throws ApiException {
        RenderedPrompt rendered = render(request);
        List<Span> spans = new ArrayList<>(rendered.spans());
        boolean open =
                dialect.thinking().filter(format -> format.isOpenAtEndOf(rendered)).isPresent();
        AnswerPlan.Thinking thinking = thinking(request, open);
        if (open && thinking == AnswerPlan.Thinking.NEVER) {
            ThinkingFormat format = dialect.thinking().orElseThrow();
            spans.add(new Span((format.onOwnLines() ? "\n" : "") + format.closing(), true));
        }
        List<Span> text = images.map(tokens -> tokens.around(spans)).orElse(spans);
        return new Prompt(
                tokenizer.withBos(tokenizer.encode(text, most)), thinking, List.copyOf(text));
    }

    private RenderedPrompt render(ChatCompletionRequest request) throws ApiException {
        List<Message> messages = conversation(request);
        List<Message> joined = Turns.joined(messages);
        boolean same = joined.equals(messages);
        try {
            RenderedPrompt rendered = template.render(input(request, messages));
            String skeleton = skeleton(request, messages);
            if (same || !Skeleton.of(messages).losesSystem(skeleton)) {
                checkIsRead(messages, skeleton);
                return rendered;
            }
        } catch (TemplateException e) {
            if (e.kind() != TemplateException.Kind.REFUSED || same) {
                throw unreadable(e);
            }
        }
        try {
            RenderedPrompt rendered = template.render(input(request, joined));
            checkIsRead(joined, skeleton(request, joined));
            return rendered;
        } catch (TemplateException e) {
            throw unreadable(e);
        }
    }

    /** The rendered skeleton of the conversation; empty if no part of it can be dropped. */
    private String skeleton(ChatCompletionRequest request, List<Message> messages)
            throws TemplateException {
        Skeleton skeleton = Skeleton.of(messages);
        return skeleton.isAtRisk()
                ? template.render(input(request, skeleton.messages())).text()
                : "";
    }

    /**
     * Refuses the conversation if the template drops a part of it, which the client would not
     * notice.
     */
    private static void checkIsRead(List<Message> messages, String rendered) throws ApiException {
        Skeleton skeleton = Skeleton.of(messages);
        if (!skeleton.isAtRisk()) {
            return;
        }
        if (skeleton.losesCalls(rendered)) {
            throw ApiException.notSupported(
                    "messages", "the model's chat template has no place for tool calls");
        }
        // The assistant's thinking may be dropped: most models do not read that of earlier answers.
        if (skeleton.losesThinking(rendered)) {
            throw ApiException.notSupported(
                    "messages",
                    "the model's chat template has no place for thinking chunks outside the assistant's messages");
        }
    }

    /**
     * Tokens that tools and the schema add to a prompt, for the error about a prompt that is too
     * long.
     *
     * @param tools their descriptions, with what the template writes around them
     * @param schema of {@code response_format}
     */
    record Additions(int tools, int schema) {}

    /** Counts them exactly. */
    Additions additions(ChatCompletionRequest request) throws ApiException {
        return additions(request, Integer.MAX_VALUE);
    }

    /**
     * Counts them in a conversation of one short message, which is cheap, and up to {@code most}.
     */
    Additions additions(ChatCompletionRequest request, int most) throws ApiException {
        ChatCompletionRequest.Prompting asked = request.prompting();
        int bare = size(request, ToolUse.NONE, Optional.empty(), most, 0);
        return new Additions(
                asked.tools().tools().isEmpty()
                        ? 0
                        : size(request, asked.tools(), Optional.empty(), most, bare),
                asked.schema().flatMap(AnswerSchema::shown).isEmpty()
                        ? 0
                        : size(request, ToolUse.NONE, asked.schema(), most, bare));
    }

    /**
     * Number of tokens in excess of {@code bare}; of a prompt of more than {@code most} tokens, all
     * of them.
     */
    private int size(
            ChatCompletionRequest request,
            ToolUse tools,
            Optional<AnswerSchema> schema,
            int most,
            int bare)
            throws ApiException {
        ChatCompletionRequest.Prompting asked = request.prompting();
        int size =
                write(
                                new ChatCompletionRequest(
                                        request.model(),
                                        List.of(Message.text(Role.USER, "Hi")),
                                        request.sampling(),
                                        request.length(),
                                        request.output(),
                                        new ChatCompletionRequest.Prompting(
                                                false, asked.mode(), asked.effort(), tools, schema),
                                        request.hints()),
                                most)
                        .tokens()
                        .length;
        return size > most ? size : size - bare;
    }

    private static ApiException unreadable(TemplateException e) {
        if (e.kind() == TemplateException.Kind.MISSING) {
            return new ApiException(
                    ErrorCode.BAD_REQUEST,
                    "The model's chat template needs for this conversation what this server lacks: "
                            + e.getMessage()
                            + ". Start the server with another template: --chat-template FILE");
        }
        boolean refused = e.kind() == TemplateException.Kind.REFUSED;
        return new ApiException(
                refused ? ErrorCode.MESSAGE_ORDER : ErrorCode.BAD_REQUEST,
                "The model's chat template "
                        + (refused ? "refuses" : "cannot render")
                        + " this conversation: "
                        + e.reason(),
                "messages");
    }

    private static AnswerPlan.Thinking thinking(ChatCompletionRequest request, boolean open) {
        Message last = request.messages().getLast();
        boolean thought = last.prefix() && !(last.text().isEmpty() && last.thinking().isEmpty());
        if (request.prompting().unthinking() || thought) {
            return AnswerPlan.Thinking.NEVER;
        }
        if (open) {
            return AnswerPlan.Thinking.STARTED;
        }
        return request.prompting().thinking()
                ? AnswerPlan.Thinking.ALWAYS
                : AnswerPlan.Thinking.OPTIONAL;
    }

    private TemplateInput input(ChatCompletionRequest request, List<Message> conversation) {
        ToolUse tools = request.prompting().tools();
        List<Message> settled = CallIds.normalize(conversation);
        boolean mustNotCall = !tools.offers().isEmpty() && tools.tools().isEmpty();
        List<Message> messages = mustNotCall ? PlainTurns.write(settled) : settled;
        boolean spelled = dialect.spelled().isPresent();
        return new TemplateInput(
                spelled ? dialect.spelled().get().write(messages, tools.tools()) : messages,
                spelled ? List.of() : tools.tools(),
                true,
                text(tokenizer.bos()),
                text(tokenizer.eos()),
                variables(request.prompting()),
                LocalDateTime.ofInstant(clock.instant(), ZoneOffset.UTC));
    }

    /** Template variables of reasoning models. */
    private static Map<String, Object> variables(ChatCompletionRequest.Prompting prompting) {
        Map<String, Object> variables = new HashMap<>();
        if (prompting.thinking() || prompting.unthinking()) {
            variables.put("enable_thinking", prompting.thinking());
        }
        prompting
                .effort()
                .ifPresent(effort -> variables.put("reasoning_effort", effort.wireName()));
        return variables;
    }

    /**
     * The messages to render. A null {@code prompt_mode} means no reasoning prompt, so an empty
     * system message replaces the model's default one.
     */
    List<Message> conversation(ChatCompletionRequest request) {
        List<Message> messages = new ArrayList<>(request.conversation());
        boolean bare = messages.stream().noneMatch(message -> message.role() == Role.SYSTEM);
        boolean hasPromptOfItsOwn =
                dialect.thinking().filter(format -> !format.onOwnLines()).isPresent();
        if (bare && hasPromptOfItsOwn && request.prompting().mode() == PromptMode.NONE) {
            messages.addFirst(Message.text(Role.SYSTEM, ""));
            bare = false;
        }
        request.prompting()
                .schema()
                .flatMap(schema -> schema.shown())
                .ifPresent(schema -> {
                    String text = SCHEMA_FOLLOWS + JsonLine.of(schema) + SCHEMA_ENDS;
                    show(messages, text, hasPromptOfItsOwn);
                });
        return messages;
    }

    /**
     * Adds a text before the conversation: to its system message, to a new one, or, if that would
     * replace the model's default or the template has no system role, to the first user message.
     */
    private void show(List<Message> messages, String text, boolean hasPromptOfItsOwn) {
        boolean refused = dialect.spelled().filter(each -> !each.hasSystemRole()).isPresent();
        boolean inSystem = messages.getFirst().role() == Role.SYSTEM;
        if (!inSystem && (hasPromptOfItsOwn || refused)) {
            for (int i = 0; i < messages.size(); i++) {
                if (messages.get(i).role() == Role.USER) {
                    messages.set(i, messages.get(i).withFirst(text));
                    return;
                }
            }
        }
        if (inSystem) {
            messages.set(0, messages.getFirst().withLast(text));
        } else {
            messages.addFirst(Message.text(Role.SYSTEM, text));
        }
    }

    private String text(OptionalInt token) {
        return token.isPresent() ? tokenizer.text(token.getAsInt()) : "";
    }
}
