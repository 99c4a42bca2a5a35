package tramontane.api;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tramontane.chat.Chunk;
import tramontane.chat.Message;
import tramontane.chat.Role;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;

/**
 * A valid chat completion request.
 *
 * @param messages as the client sent them; {@link #conversation} is what the model reads
 */
public record ChatCompletionRequest(
        String model,
        List<Message> messages,
        Sampling sampling,
        Length length,
        Output output,
        Prompting prompting,
        Hints hints)
        implements CompletionRequest {

    /**
     * Sampling parameters. Absent ones are filled in from the model's and the server's defaults.
     */
    public record Sampling(
            Optional<Double> temperature,
            double topP,
            int topK,
            Optional<Long> seed,
            SamplingParams.Penalties penalties) {

        /** Fills in the model's temperature and a random seed. */
        public SamplingParams resolve(double modelTemperature, long drawnSeed) throws ApiException {
            double resolved = temperature.orElse(modelTemperature);
            if (resolved == 0 && topP < 1) {
                throw new ApiException(
                        ErrorCode.BAD_REQUEST,
                        "top_p must be 1 when using greedy sampling.",
                        "top_p");
            }
            return new SamplingParams(resolved, topP, topK, seed.orElse(drawnSeed), penalties);
        }
    }

    /**
     * Limits on the answer: at most {@code maxTokens} in each of {@code n} choices. A stop string
     * ends a choice, unless it is among the first {@code minTokens} tokens.
     */
    public record Length(Optional<Integer> maxTokens, int minTokens, List<String> stop, int n) {}

    /** How the answer is sent and written, and which logprobs come with it. */
    public record Output(boolean stream, WantedLogprobs logprobs, AnswerForm form) {}

    /**
     * What is added to the prompt besides the messages, and what the answer must be.
     *
     * @param schema of the answer, if it must be JSON
     */
    public record Prompting(
            boolean safe,
            PromptMode mode,
            Optional<Effort> effort,
            ToolUse tools,
            Optional<AnswerSchema> schema) {
        /** No additions to the prompt, and no constraint on the answer. */
        public static final Prompting PLAIN =
                new Prompting(
                        false,
                        PromptMode.MODEL_DEFAULT,
                        Optional.empty(),
                        ToolUse.NONE,
                        Optional.empty());

        /** True if the client asked for an answer without thinking. */
        public boolean unthinking() {
            return effort.map(Effort.NONE::equals).orElse(mode == PromptMode.NONE);
        }

        /** True if the client asked for thinking; false also if it left the choice to the model. */
        public boolean thinking() {
            return effort.map(each -> each != Effort.NONE).orElse(mode == PromptMode.REASONING);
        }
    }

    /**
     * Hints that may speed up the answer but never change it.
     *
     * @param cacheKey requests of one caller with the same key share cached prefixes
     * @param prediction text that the answer is expected to repeat in part
     * @param answered tokens of each choice that another server generated for the same request
     */
    public record Hints(Optional<String> cacheKey, String prediction, List<int[]> answered) {
        public static final Hints NONE = new Hints(Optional.empty(), "");

        public Hints {
            answered = List.copyOf(answered);
        }

        /** For an answer that begins here. */
        public Hints(Optional<String> cacheKey, String prediction) {
            this(cacheKey, prediction, List.of());
        }
    }

    /**
     * The system prompt for reasoning: the model's default, none (null on the wire), or the
     * reasoning one.
     */
    public enum PromptMode {
        MODEL_DEFAULT,
        NONE,
        REASONING
    }

    /** How long a reasoning model may think before it answers. */
    public enum Effort {
        NONE,
        MINIMAL,
        LOW,
        MEDIUM,
        HIGH,
        XHIGH,
        MAX;

        private static final List<String> NAMES =
                Arrays.stream(values()).map(Effort::wireName).toList();

        /** The name used on the wire and in chat templates. */
        public String wireName() {
            return name().toLowerCase(Locale.ROOT);
        }

        private static Optional<Effort> parse(Value value) {
            return value.oneOf(NAMES).map(name -> valueOf(name.toUpperCase(Locale.ROOT)));
        }
    }

    /** The system prompt that {@code safe_prompt} adds, as documented by Mistral. */
    public static final String SAFE_PROMPT =
            "Always assist with care, respect, and truth. "
                    + "Respond with utmost utility yet securely. Avoid harmful, unethical, prejudiced, or negative content. "
                    + "Ensure replies promote fairness and positivity.";

    private static final int MAX_CHOICES = 16;

    /**
     * Parses a request.
     *
     * @throws ApiException with every fault of the request
     */
    public static ChatCompletionRequest parse(JsonNode json, FieldSet fields) throws ApiException {
        boolean openAi = fields == FieldSet.WITH_OPENAI;
        Faults faults = new Faults(openAi ? "" : OpenAiFields.SWITCH);
        Value sent = new Value(faults, List.of("body"), json);
        OpenAiTranslation translation =
                openAi ? OpenAiTranslation.of(sent) : OpenAiTranslation.none(sent);
        Optional<ChatCompletionRequest> read =
                translation.body().object().map(body -> read(body, translation.form()));
        faults.throwIfAny();
        ChatCompletionRequest request = read.orElseThrow();
        MessageOrder.check(request.messages);
        return request;
    }

    private static ChatCompletionRequest read(Fields body, AnswerForm form) {
        String model = SharedFields.model(body);
        Optional<Value> given = body.required("messages");
        List<Message> messages = given.map(MessageParser::messages).orElse(List.of());
        given.filter(list -> list.node().isArray() && list.node().isEmpty())
                .ifPresent(list ->
                        list.fault(
                                "too_short",
                                "List should have at least 1 item after validation, not 0",
                                Map.of("field_type", "List", "min_length", 1, "actual_length", 0)));
        Sampling sampling = sampling(body);
        int choices =
                body.nullable("n")
                        .flatMap(value -> value.integer(1, MAX_CHOICES))
                        .orElse(1L)
                        .intValue();
        Length length = SharedFields.length(body, choices);
        Output output = new Output(SharedFields.stream(body), LogprobFields.parse(body), form);
        Prompting prompting = prompting(body);
        Hints hints = hints(body, choices);
        SharedFields.metadata(body);
        UnsupportedFields.check(body);
        body.end();
        return new ChatCompletionRequest(
                model, messages, sampling, length, output, prompting, hints);
    }

    private static Sampling sampling(Fields body) {
        return SharedFields.sampling(
                body,
                SharedFields.count(body, "top_k"),
                new SamplingParams.Penalties(
                        number(body, "presence_penalty", Range.closed(-2, 2), 0),
                        number(body, "frequency_penalty", Range.closed(-2, 2), 0),
                        number(
                                body,
                                "repetition_penalty",
                                Range.openBelow(0, Double.MAX_VALUE),
                                1)));
    }

    private static double number(Fields body, String name, Range range, double absent) {
        return body.nullable(name).flatMap(value -> value.number(range)).orElse(absent);
    }

    private static Hints hints(Fields body, int choices) {
        return new Hints(
                SharedFields.cacheKey(body),
                body.optional("prediction")
                        .flatMap(Value::object)
                        .flatMap(ChatCompletionRequest::prediction)
                        .orElse(""),
                SharedFields.answered(body, choices));
    }

    private static Optional<String> prediction(Fields prediction) {
        prediction.optional("type").ifPresent(type -> type.oneOf(List.of("content")));
        Optional<String> content =
                prediction.optional("content").flatMap(text -> text.string(Integer.MAX_VALUE));
        prediction.end();
        return content;
    }

    private static Prompting prompting(Fields body) {
        return new Prompting(
                body.optional("safe_prompt").flatMap(Value::bool).orElse(false),
                body.optional("prompt_mode")
                        .map(ChatCompletionRequest::mode)
                        .orElse(PromptMode.MODEL_DEFAULT),
                body.nullable("reasoning_effort").flatMap(Effort::parse),
                ToolFields.toolUse(body),
                body.optional("response_format").flatMap(AnswerSchema::parse));
    }

    private static PromptMode mode(Value mode) {
        if (mode.node().isNull()) {
            return PromptMode.NONE;
        }
        mode.oneOf(List.of("reasoning"));
        return PromptMode.REASONING;
    }

    /**
     * The messages that the model reads: those of the client, after the safe prompt if it was asked
     * for.
     */
    public List<Message> conversation() {
        if (!prompting.safe) {
            return messages;
        }
        List<Message> all = new ArrayList<>(messages);
        // Many templates accept only one system message, so the text is prepended to the client's.
        if (messages.getFirst().role() == Role.SYSTEM) {
            all.set(0, messages.getFirst().withFirst(SAFE_PROMPT));
        } else {
            all.addFirst(Message.text(Role.SYSTEM, SAFE_PROMPT));
        }
        return List.copyOf(all);
    }

    /** The pictures of all messages, in order. */
    public List<Chunk.Image> images() {
        return messages.stream().flatMap(message -> message.images().stream()).toList();
    }

    /**
     * The start of every answer, supplied by the client in a last assistant message with {@code
     * prefix}.
     */
    @Override
    public String prefix() {
        Message last = messages.getLast();
        return last.prefix() ? last.text() : "";
    }
}
