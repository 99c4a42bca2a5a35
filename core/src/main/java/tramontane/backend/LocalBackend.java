package tramontane.backend;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.CompletionRequest;
import tramontane.api.EmbeddingRequest;
import tramontane.api.ErrorCode;
import tramontane.api.FimRequest;
import tramontane.api.ModelCard;
import tramontane.chat.ChatTemplate;
import tramontane.chat.dialect.Dialect;
import tramontane.engine.EngineFullException;
import tramontane.engine.Generation;
import tramontane.engine.GenerationRequest;
import tramontane.engine.LoadedModel;
import tramontane.engine.MemoryPlan;
import tramontane.engine.ModelOutline;
import tramontane.engine.ModelText;
import tramontane.gguf.GgufFile;
import tramontane.grammar.Constraint;
import tramontane.kernel.Kernels;
import tramontane.model.ModelConfig;
import tramontane.sampling.SamplingParams;
import tramontane.token.Tokenizer;

/** A backend that runs a model that generates text in this process. */
public final class LocalBackend implements ModelBackend {
    private static final double DEFAULT_TEMPERATURE = 0.7;

    private final Path file;
    private final ModelCard card;
    private final LoadedModel model;
    private final Pace pace = new Pace();
    private final Optional<PromptWriter> prompts;
    private final Constraints constraints;

    private LocalBackend(Path file, ModelCard card, LoadedModel model, Machine machine) {
        this.file = file;
        this.card = card;
        this.model = model;
        this.prompts =
                model.template()
                        .map(template ->
                                new PromptWriter(
                                        template,
                                        model.dialect().orElseThrow(),
                                        model.tokenizer(),
                                        machine.clock()));
        this.constraints = new Constraints(model.tokenizer());
    }

    static LocalBackend load(GgufFile file, Source source, RunOptions options, Machine machine)
            throws IOException {
        long created = source.created();
        LoadedModel model = LoadedModel.load(file, ModelBackend.loading(options, machine));
        ModelText text = new ModelText(model.tokenizer(), model.template(), model.dialect());
        ModelCard card =
                card(
                        source.names(),
                        created,
                        model.plan(),
                        text,
                        description(model.config(), model.kernels()));
        return new LocalBackend(source.path(), card, model, machine);
    }

    @Override
    public Map<String, Path> files() {
        return Map.of(card.id(), file);
    }

    static Outline outline(GgufFile file, Source source, RunOptions options, Machine machine)
            throws IOException {
        long created = source.created();
        ModelOutline outline = ModelOutline.of(file, ModelBackend.loading(options, machine));
        ModelCard card =
                card(
                        source.names(),
                        created,
                        outline.plan(),
                        outline.text(),
                        description(outline.config(), machine.kernels().get()));
        return new Outline(card, outline.plan());
    }

    private static String description(ModelConfig config, Kernels kernels) {
        return config.architecture().ggufName() + " on " + kernels.name();
    }

    private static ModelCard card(
            ModelCard.Names names, long created, MemoryPlan plan, ModelText text, String about) {
        return new ModelCard(
                names.id(),
                created,
                plan.context(),
                names.aliases(),
                DEFAULT_TEMPERATURE,
                new ModelCard.Abilities(
                        text.template().isPresent(),
                        text.dialect().flatMap(Dialect::thinking).isPresent(),
                        text.tokenizer().supportsFim()),
                Optional.of(about));
    }

    @Override
    public MemoryPlan memory() {
        return model.plan();
    }

    @Override
    public List<String> missingInTemplate() {
        return model.template().map(ChatTemplate::missing).orElse(List.of());
    }

    @Override
    public Map<String, Occupancy> occupancies() {
        return Map.of(
                card.id(), Occupancy.of(model.engine().load(), model.engine().waitingRequests()));
    }

    @Override
    public Optional<String> failure() {
        return model.engine().failed();
    }

    @Override
    public void whenFailed(Consumer<String> reaction) {
        model.engine().failure().thenAccept(reaction);
    }

    @Override
    public List<ModelCard> models() {
        return List.of(card);
    }

    @Override
    public Completion start(
            ModelCard asked, CompletionRequest request, SamplingParams sampling, Caller caller)
            throws ApiException {
        requireWorking();
        return switch (request) {
            case ChatCompletionRequest chat -> {
                PromptWriter.Prompt written =
                        writer().write(chat, AnswerLimit.maxCountedTokens(card));
                AnswerPlan plan = new AnswerPlan(writer().dialect(), chat, written.thinking());
                AnswerLimit answerLimit = limitOf(chat, written.tokens());
                Optional<Constraint> constraint =
                        constraints.begin(plan, chat, answerLimit.maxTokens());
                yield begin(
                        request,
                        answerLimit,
                        constraint,
                        sampling,
                        caller,
                        plan.reading(constraints::fits));
            }
            case FimRequest fim -> {
                AnswerLimit answerLimit = limitOf(fim, gap(fim));
                Reading plain = Reading.plain(fim.length().stop());
                yield begin(request, answerLimit, Optional.empty(), sampling, caller, plain);
            }
        };
    }

    /** Never answers: how a text becomes a vector is a part of an embedding model. */
    @Override
    public Completion embed(ModelCard asked, EmbeddingRequest request, Caller caller)
            throws ApiException {
        throw embedsNothing(card);
    }

    /** The error for a model that was asked for embeddings. */
    public static ApiException embedsNothing(ModelCard model) {
        return new ApiException(
                ErrorCode.INVALID_MODEL,
                "Invalid model: "
                        + model.id()
                        + " generates text, and its file declares no pooling for embeddings; serve an"
                        + " embedding model beside it",
                "model");
    }

    @Override
    public Inspection inspect(ModelCard asked, CompletionRequest request, Caller caller)
            throws InterruptedException {
        Optional<Inspection.Prompt> prompt = Optional.empty();
        OptionalInt limit = OptionalInt.empty();
        try {
            switch (request) {
                case ChatCompletionRequest chat -> {
                    PromptWriter.Prompt written =
                            writer().write(chat, AnswerLimit.maxCountedTokens(card));
                    if (isCounted(written.tokens())) {
                        prompt = Optional.of(prompt(chat, written, caller));
                    }
                    AnswerLimit answerLimit = limitOf(chat, written.tokens());
                    limit = OptionalInt.of(answerLimit.maxTokens());
                    AnswerPlan plan = new AnswerPlan(writer().dialect(), chat, written.thinking());
                    Optional<Constraint> constraint =
                            constraints.begin(plan, chat, answerLimit.maxTokens());
                    OptionalInt shortest =
                            constraint
                                    .map(each -> OptionalInt.of(each.closing().length))
                                    .orElse(OptionalInt.empty());
                    return new Inspection(prompt, limit, shortest, Optional.empty());
                }
                case FimRequest fim -> {
                    int[] tokens = gap(fim);
                    if (isCounted(tokens)) {
                        List<Inspection.Part> parts =
                                PromptSources.ofGap(
                                        fim.prompt(), fim.suffix(), tokens, model.tokenizer());
                        prompt = Optional.of(prompt(parts, tokens, request, caller));
                    }
                    limit = OptionalInt.of(limitOf(fim, tokens).maxTokens());
                    return new Inspection(prompt, limit, OptionalInt.empty(), Optional.empty());
                }
            }
        } catch (ApiException refusal) {
            return new Inspection(prompt, limit, OptionalInt.empty(), Optional.of(refusal));
        }
    }

    /**
     * True if the whole prompt was tokenized; tokenizing stops early if a prompt is far too long.
     */
    private boolean isCounted(int[] tokens) {
        return tokens.length <= AnswerLimit.maxCountedTokens(card);
    }

    private AnswerLimit limitOf(ChatCompletionRequest chat, int[] prompt) throws ApiException {
        return AnswerLimit.of(
                chat,
                prompt,
                card,
                () -> writer().additions(chat, AnswerLimit.maxCountedTokens(card)));
    }

    private AnswerLimit limitOf(FimRequest fim, int[] prompt) throws ApiException {
        return AnswerLimit.of(fim, prompt, card, () -> new PromptWriter.Additions(0, 0));
    }

    private Inspection.Prompt prompt(
            ChatCompletionRequest chat, PromptWriter.Prompt written, Caller caller)
            throws ApiException, InterruptedException {
        List<Inspection.Part> parts =
                new PromptSources(chat, model.tokenizer())
                        .parts(written.spans(), writer().conversation(chat), written.tokens());
        return prompt(parts, written.tokens(), chat, caller);
    }

    private Inspection.Prompt prompt(
            List<Inspection.Part> parts, int[] tokens, CompletionRequest request, Caller caller)
            throws InterruptedException {
        List<String> spellings =
                Arrays.stream(tokens).mapToObj(token -> model.tokenizer().text(token)).toList();
        OptionalInt cached =
                tokens.length == 0
                        ? OptionalInt.empty()
                        : model.engine()
                                .cachedTokens(
                                        new GenerationRequest.Prompt(tokens),
                                        owner(request, caller));
        return new Inspection.Prompt(parts, tokens, spellings, cached);
    }

    private static GenerationRequest.Owner owner(CompletionRequest request, Caller caller) {
        return new GenerationRequest.Owner(caller.id(), request.hints().cacheKey().orElse(""));
    }

    private PromptWriter writer() throws ApiException {
        return prompts.orElseThrow(() ->
                new ApiException(
                        ErrorCode.BAD_REQUEST,
                        "Model "
                                + card.id()
                                + " has no chat template: it completes text and cannot chat.",
                        "model"));
    }

    /** Without a suffix, the answer continues the prompt. */
    private int[] gap(FimRequest request) {
        Tokenizer tokenizer = model.tokenizer();
        int most = AnswerLimit.maxCountedTokens(card);
        int[] open = tokenizer.encode(request.prompt(), most);
        return tokenizer.withBos(
                request.suffix().isEmpty()
                        ? open
                        : tokenizer
                                .fimPrompt(request.prompt(), request.suffix(), most)
                                .orElse(open));
    }

    private Completion begin(
            CompletionRequest request,
            AnswerLimit answerLimit,
            Optional<Constraint> constraint,
            SamplingParams sampling,
            Caller caller,
            Reading reading)
            throws ApiException {
        List<int[]> answered = answered(request.hints().answered());
        caller.budget()
                .reserve(
                        new TokenBudget.Demand(
                                answerLimit.prompt().length,
                                request.length().n(),
                                answerLimit.maxTokens(),
                                request.length().maxTokens().isPresent()));
        boolean scored = request.output().logprobs().prompt().isPresent();
        if (answerLimit.maxTokens() == 0 && !scored) {
            return new EmptyCompletion(request.length().n(), answerLimit.prompt().length);
        }
        GenerationRequest generation =
                new GenerationRequest(
                        answerLimit.prompt(),
                        new GenerationRequest.Length(
                                answerLimit.maxTokens(),
                                request.length().minTokens(),
                                answerLimit.reason()),
                        sampling,
                        request.length().n(),
                        new GenerationRequest.Guidance(
                                constraint, prediction(request.hints().prediction()), answered),
                        request.output().logprobs(),
                        owner(request, caller));
        boolean continues = request instanceof FimRequest || !request.prefix().isEmpty();
        return new LocalCompletion(submit(generation), model.tokenizer(), continues, reading);
    }

    /** An answer cannot be longer than the context, so the rest of the prediction is of no use. */
    private int[] prediction(String text) {
        int[] tokens = model.tokenizer().encode(text, card.contextLength());
        return Arrays.copyOf(tokens, Math.min(tokens.length, card.contextLength()));
    }

    /**
     * @throws ApiException if one of them is no token of the model
     */
    private List<int[]> answered(List<int[]> tokens) throws ApiException {
        int vocabulary = model.tokenizer().size();
        for (int[] choice : tokens) {
            if (Arrays.stream(choice).anyMatch(token -> token >= vocabulary)) {
                throw new ApiException(
                        ErrorCode.BAD_REQUEST,
                        "tramontane_tokens has a token id that is not below "
                                + vocabulary
                                + ", the size of the model's vocabulary",
                        "tramontane_tokens");
            }
        }
        return tokens;
    }

    private Generation submit(GenerationRequest request) throws ApiException {
        pace.observe(model.engine().load());
        try {
            return model.engine().submit(request);
        } catch (EngineFullException e) {
            throw pace.busy(e);
        }
    }

    @Override
    public void endAnswers() {
        model.engine().close();
    }

    @Override
    public void close() {
        model.close();
    }
}
