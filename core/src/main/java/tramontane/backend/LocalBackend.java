package tramontane.backend;

import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
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
import tramontane.engine.EngineFullException;
import tramontane.engine.Generation;
import tramontane.engine.GenerationRequest;
import tramontane.engine.LoadedModel;
import tramontane.engine.MemoryPlan;
import tramontane.engine.ModelOutline;
import tramontane.engine.ModelText;
import tramontane.engine.PromptImage;
import tramontane.gguf.GgufFile;
import tramontane.grammar.Constraint;
import tramontane.sampling.SamplingParams;
import tramontane.token.Tokenizer;

/** A backend that runs a model that generates text in this process. */
public final class LocalBackend implements ModelBackend {
    private final Path file;
    private final ModelCard card;
    private final LoadedModel model;
    private final Pace pace = new Pace();
    private final Optional<PromptWriter> prompts;
    private final Constraints constraints;
    private final Optional<Sight> sight;
    private final Optional<Path> encoder;
    private final MemoryPlan memory;

    private LocalBackend(Path file, ModelCard card, LoadedModel model, Seeing seeing) {
        this.file = file;
        this.card = card;
        this.model = model;
        this.sight = seeing.sight;
        this.encoder = seeing.encoder;
        this.memory = seeing.memory;
        this.prompts =
                model.template()
                        .map(template ->
                                new PromptWriter(
                                        template,
                                        model.dialect().orElseThrow(),
                                        model.tokenizer(),
                                        seeing.clock,
                                        seeing.sight.map(Sight::tokens)));
        this.constraints = new Constraints(model.tokenizer());
    }

    static LocalBackend load(GgufFile file, Source source, RunOptions options, Machine machine)
            throws IOException {
        long created = source.created();
        int threads = options.threads().orElse(machine.cores());
        try (ProjectorFile projector = ProjectorFile.of(file, source, options, threads)) {
            LoadedModel model =
                    LoadedModel.load(
                            file, ModelBackend.loading(options, projector.leave(machine), source));
            Optional<Sight> sight = Optional.empty();
            boolean complete = false;
            try {
                sight = projector.load(model, machine);
                ModelText text =
                        new ModelText(model.tokenizer(), model.template(), model.dialect());
                MemoryPlan memory = projector.with(model.plan());
                ModelCard card =
                        new GeneratorCard(
                                        source.names(),
                                        sight.isPresent() ? projector.created(created) : created,
                                        memory,
                                        text,
                                        sight.isPresent())
                                .on(model.config(), model.kernels());
                LocalBackend backend =
                        new LocalBackend(
                                source.path(),
                                card,
                                model,
                                new Seeing(sight, projector.path(), memory, machine.clock()));
                complete = true;
                return backend;
            } finally {
                if (!complete) {
                    model.close();
                    sight.ifPresent(Sight::close);
                }
            }
        }
    }

    /**
     * What is beside the text model.
     *
     * @param encoder the file of the image encoder
     */
    private record Seeing(
            Optional<Sight> sight,
            Optional<Path> encoder,
            MemoryPlan memory,
            InstantSource clock) {}

    @Override
    public Map<String, Path> files() {
        return Map.of(card.id(), file);
    }

    @Override
    public Map<String, Path> encoderFiles() {
        return encoder.isPresent() && sight.isPresent()
                ? Map.of(card.id(), encoder.get())
                : Map.of();
    }

    static Outline outline(GgufFile file, Source source, RunOptions options, Machine machine)
            throws IOException {
        long created = source.created();
        int threads = options.threads().orElse(machine.cores());
        try (ProjectorFile projector = ProjectorFile.of(file, source, options, threads)) {
            ModelOutline outline =
                    ModelOutline.of(
                            file, ModelBackend.loading(options, projector.leave(machine), source));
            MemoryPlan memory = projector.with(outline.plan());
            boolean vision = projector.fits(outline.text().tokenizer());
            ModelCard card =
                    new GeneratorCard(
                                    source.names(),
                                    vision ? projector.created(created) : created,
                                    memory,
                                    outline.text(),
                                    vision)
                            .on(outline.config(), machine.kernels().get());
            return new Outline(card, memory);
        }
    }

    @Override
    public MemoryPlan memory() {
        return memory;
    }

    @Override
    public Optional<String> awaitPacked() throws InterruptedException {
        Optional<String> text = model.awaitPacked();
        Optional<String> images = sight.isPresent() ? sight.get().awaitPacked() : Optional.empty();
        return text.or(() -> images);
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
                if (!chat.images().isEmpty() && eyes().mustFetch(chat)) {
                    yield eyes().fetch(
                                    chat, look -> begin(chat, read(chat, look), sampling, caller));
                }
                yield begin(chat, read(chat), sampling, caller);
            }
            case FimRequest fim -> {
                AnswerLimit answerLimit = limitOf(fim, gap(fim));
                Reading plain = Reading.plain(fim.length().stop());
                Beginning beginning =
                        new Beginning(
                                answerLimit,
                                Optional.empty(),
                                plain,
                                answered(request.hints().answered()),
                                Optional.empty());
                yield begin(request, beginning, sampling, caller);
            }
        };
    }

    private Completion begin(
            ChatCompletionRequest chat, Read read, SamplingParams sampling, Caller caller)
            throws ApiException {
        AnswerPlan plan = new AnswerPlan(writer().dialect(), chat, read.written.thinking());
        AnswerLimit answerLimit = limitOf(chat, read.tokens());
        Optional<Constraint> constraint = constraints.begin(plan, chat, answerLimit.maxTokens());
        Beginning beginning =
                new Beginning(
                        answerLimit,
                        constraint,
                        plan.reading(constraints::fits),
                        answered(chat.hints().answered()),
                        read.view);
        return begin(chat, beginning, sampling, caller);
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
                    if (!chat.images().isEmpty() && eyes().mustFetch(chat)) {
                        throw ApiException.notSupported(
                                "messages",
                                "an inspection fetches no images: send them as data URLs");
                    }
                    Read read = read(chat);
                    if (isCounted(read.tokens())) {
                        prompt = Optional.of(prompt(chat, read, caller));
                    }
                    AnswerLimit answerLimit = limitOf(chat, read.tokens());
                    limit = OptionalInt.of(answerLimit.maxTokens());
                    AnswerPlan plan =
                            new AnswerPlan(writer().dialect(), chat, read.written.thinking());
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

    private Inspection.Prompt prompt(ChatCompletionRequest chat, Read read, Caller caller)
            throws ApiException, InterruptedException {
        List<Inspection.Part> parts =
                new PromptSources(chat, model.tokenizer())
                        .parts(read.written.spans(), writer().conversation(chat), read.tokens());
        return prompt(parts, read.tokens(), chat, caller);
    }

    private Inspection.Prompt prompt(
            List<Inspection.Part> parts, int[] tokens, CompletionRequest request, Caller caller)
            throws InterruptedException {
        List<String> spellings =
                Arrays.stream(tokens).mapToObj(token -> model.tokenizer().text(token)).toList();
        OptionalInt cached =
                // What is cached of pictures is known only when they are encoded.
                tokens.length == 0 || hasImages(request)
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

    private static boolean hasImages(CompletionRequest request) {
        return request instanceof ChatCompletionRequest chat && !chat.images().isEmpty();
    }

    /** A written prompt, with its pictures if there are any. */
    private record Read(PromptWriter.Prompt written, Optional<Sight.View> view) {
        int[] tokens() {
            return view.map(Sight.View::tokens).orElse(written.tokens());
        }
    }

    private Read read(ChatCompletionRequest chat) throws ApiException {
        if (chat.images().isEmpty()) {
            return new Read(
                    writer().write(chat, AnswerLimit.maxCountedTokens(card)), Optional.empty());
        }
        return read(chat, eyes().look(chat));
    }

    private Read read(ChatCompletionRequest chat, Sight.Look look) throws ApiException {
        PromptWriter.Prompt written = writer().write(chat, AnswerLimit.maxCountedTokens(card));
        return new Read(
                written, Optional.of(look.place(written.tokens(), isCounted(written.tokens()))));
    }

    private Sight eyes() throws ApiException {
        return sight.orElseThrow(
                () -> ApiException.notSupported("messages", "the model reads no images"));
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

    /** How an answer is written and read. */
    private record Beginning(
            AnswerLimit limit,
            Optional<Constraint> constraint,
            Reading reading,
            List<int[]> answered,
            Optional<Sight.View> view) {}

    private Completion begin(
            CompletionRequest request, Beginning beginning, SamplingParams sampling, Caller caller)
            throws ApiException {
        AnswerLimit answerLimit = beginning.limit;
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
        if (beginning.view.isEmpty()) {
            return generate(request, beginning, List.of(), sampling, caller);
        }
        return eyes().encode(
                        beginning.view.get(),
                        owner(request, caller),
                        images -> generate(request, beginning, images, sampling, caller));
    }

    private Completion generate(
            CompletionRequest request,
            Beginning beginning,
            List<PromptImage> images,
            SamplingParams sampling,
            Caller caller)
            throws ApiException {
        AnswerLimit answerLimit = beginning.limit;
        GenerationRequest generation =
                new GenerationRequest(
                        new GenerationRequest.Prompt(answerLimit.prompt(), images),
                        new GenerationRequest.Length(
                                answerLimit.maxTokens(),
                                request.length().minTokens(),
                                answerLimit.reason()),
                        sampling,
                        request.length().n(),
                        new GenerationRequest.Guidance(
                                beginning.constraint,
                                prediction(request.hints().prediction()),
                                beginning.answered),
                        request.output().logprobs(),
                        owner(request, caller));
        boolean continues = request instanceof FimRequest || !request.prefix().isEmpty();
        return new LocalCompletion(
                submit(generation), model.tokenizer(), continues, beginning.reading);
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
        sight.ifPresent(Sight::endAnswers);
        model.engine().close();
    }

    @Override
    public void close() {
        sight.ifPresent(Sight::endAnswers);
        model.close();
        sight.ifPresent(Sight::close);
    }
}
