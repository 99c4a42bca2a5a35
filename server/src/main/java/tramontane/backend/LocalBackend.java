package tramontane.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tramontane.access.Caller;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.CompletionRequest;
import tramontane.api.ErrorCode;
import tramontane.api.FimRequest;
import tramontane.api.ModelCard;
import tramontane.chat.ChatTemplate;
import tramontane.chat.dialect.Dialect;
import tramontane.engine.Engine;
import tramontane.engine.EngineFullException;
import tramontane.engine.Generation;
import tramontane.engine.GenerationRequest;
import tramontane.engine.LoadedModel;
import tramontane.engine.MemoryPlan;
import tramontane.grammar.Constraint;
import tramontane.sampling.SamplingParams;
import tramontane.token.Tokenizer;

/** Answers with the engine in this process. */
public final class LocalBackend implements Backend, AutoCloseable {
    private static final double DEFAULT_TEMPERATURE = 0.7;
    private static final int DEFAULT_PARALLEL = 32;

    private final ModelCard card;
    private final LoadedModel model;
    private final Pace pace = new Pace();
    private final Optional<PromptWriter> prompts;
    private final Constraints constraints;

    private LocalBackend(ModelCard card, LoadedModel model, Machine machine) {
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

    /**
     * Loads a model and starts its engine.
     *
     * @param name what it answers to, besides {@code aliases}
     */
    public static LocalBackend load(
            Path file, String name, List<String> aliases, RunOptions options, Machine machine)
            throws IOException {
        long created = Files.getLastModifiedTime(file).to(TimeUnit.SECONDS);
        LoadedModel model =
                LoadedModel.load(
                        file,
                        new LoadedModel.Options(
                                machine.kernels(),
                                options.threads().orElse(machine.cores()),
                                options.context().orElse(0),
                                options.parallel().orElse(DEFAULT_PARALLEL),
                                machine.availableBytes(),
                                options.template()));
        ModelCard card =
                new ModelCard(
                        name,
                        created,
                        model.plan().context(),
                        aliases,
                        DEFAULT_TEMPERATURE,
                        new ModelCard.Abilities(
                                model.template().isPresent(),
                                model.dialect().flatMap(Dialect::thinking).isPresent(),
                                model.tokenizer().fillsGaps()),
                        Optional.of(
                                model.config().architecture().ggufName()
                                        + " on "
                                        + model.kernels().name()));
        return new LocalBackend(card, model, machine);
    }

    /** What the model takes of the machine's memory. */
    public MemoryPlan memory() {
        return model.plan();
    }

    /** What the model's chat template uses, for some conversations, that is unknown here. */
    public List<String> missingInTemplate() {
        return model.template().map(ChatTemplate::missing).orElse(List.of());
    }

    @Override
    public Occupancy occupancy() {
        Engine.Load load = model.engine().load();
        return new Occupancy(
                load.running(), load.waitingTokens(), load.freeBlocks(), load.blocks());
    }

    @Override
    public Optional<String> failure() {
        return Optional.ofNullable(model.engine().failure().getNow(null));
    }

    /** Runs {@code reaction}, which must be short, with the reason once the engine has failed. */
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
        Optional<String> failure = failure();
        if (failure.isPresent()) {
            throw new ApiException(
                    ErrorCode.UNAVAILABLE,
                    "The server cannot answer, because " + failure.get() + ".");
        }
        return switch (request) {
            case ChatCompletionRequest chat -> {
                PromptWriter.Prompt written = writer().write(chat, Room.countedMax(card));
                AnswerPlan plan = new AnswerPlan(writer().dialect(), chat, written.thoughts());
                Room room = room(chat, written.tokens());
                Optional<Constraint> constraint = constraints.begin(plan, chat, room.most());
                yield begin(
                        request,
                        room,
                        constraint,
                        sampling,
                        caller,
                        plan.reading(constraints::fits));
            }
            case FimRequest fim -> {
                Room room = room(fim, gap(fim));
                Reading plain = Reading.plain(fim.length().stop());
                yield begin(request, room, Optional.empty(), sampling, caller, plain);
            }
        };
    }

    @Override
    public Inspection inspect(ModelCard asked, CompletionRequest request, Caller caller)
            throws InterruptedException {
        Optional<Inspection.Prompt> prompt = Optional.empty();
        OptionalInt limit = OptionalInt.empty();
        try {
            switch (request) {
                case ChatCompletionRequest chat -> {
                    PromptWriter.Prompt written = writer().write(chat, Room.countedMax(card));
                    if (isCounted(written.tokens())) {
                        prompt = Optional.of(prompt(chat, written, caller));
                    }
                    Room room = room(chat, written.tokens());
                    limit = OptionalInt.of(room.most());
                    AnswerPlan plan = new AnswerPlan(writer().dialect(), chat, written.thoughts());
                    Optional<Constraint> constraint = constraints.begin(plan, chat, room.most());
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
                    limit = OptionalInt.of(room(fim, tokens).most());
                    return new Inspection(prompt, limit, OptionalInt.empty(), Optional.empty());
                }
            }
        } catch (ApiException refusal) {
            return new Inspection(prompt, limit, OptionalInt.empty(), Optional.of(refusal));
        }
    }

    /** Whether the tokens are the whole prompt; of a much longer one they are not. */
    private boolean isCounted(int[] tokens) {
        return tokens.length <= Room.countedMax(card);
    }

    private Room room(ChatCompletionRequest chat, int[] prompt) throws ApiException {
        return Room.of(chat, prompt, card, () -> writer().additions(chat, Room.countedMax(card)));
    }

    private Room room(FimRequest fim, int[] prompt) throws ApiException {
        return Room.of(fim, prompt, card, () -> new PromptWriter.Additions(0, 0));
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
                        : model.engine().cachedTokens(tokens, owner(request, caller));
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

    /** Without a suffix there is no gap: the text goes on from the prompt. */
    private int[] gap(FimRequest request) {
        Tokenizer tokenizer = model.tokenizer();
        int most = Room.countedMax(card);
        int[] open = tokenizer.encode(request.prompt(), most);
        return tokenizer.begun(
                request.suffix().isEmpty()
                        ? open
                        : tokenizer.gap(request.prompt(), request.suffix(), most).orElse(open));
    }

    private Completion begin(
            CompletionRequest request,
            Room room,
            Optional<Constraint> constraint,
            SamplingParams sampling,
            Caller caller,
            Reading reading)
            throws ApiException {
        boolean scored = request.output().logprobs().prompt().isPresent();
        if (room.most() == 0 && !scored) {
            return new EmptyCompletion(request.length().n(), room.prompt().length);
        }
        GenerationRequest generation =
                new GenerationRequest(
                        room.prompt(),
                        new GenerationRequest.Length(
                                room.most(), request.length().minTokens(), room.reason()),
                        sampling,
                        request.length().n(),
                        new GenerationRequest.Guidance(
                                constraint, prediction(request.hints().prediction())),
                        request.output().logprobs(),
                        owner(request, caller));
        boolean continues = request instanceof FimRequest || !request.prefix().isEmpty();
        return new LocalCompletion(submit(generation), model.tokenizer(), continues, reading);
    }

    /** An answer is no longer than the context, so no more of what it resembles can be of use. */
    private int[] prediction(String text) {
        int[] tokens = model.tokenizer().encode(text, card.contextLength());
        return Arrays.copyOf(tokens, Math.min(tokens.length, card.contextLength()));
    }

    private Generation submit(GenerationRequest request) throws ApiException {
        Engine.Load load = model.engine().load();
        pace.observe(
                new Pace.Work(load.computedTokens(), load.busyNanos(), load.waitingTokens() > 0));
        try {
            return model.engine().submit(request);
        } catch (EngineFullException e) {
            throw ApiException.busy(
                    "The server is busy: " + e.getMessage() + ".", pace.timeFor(e.waitingTokens()));
        }
    }

    /**
     * Ends every answer under way with a {@link CompletionEvent.Failed}, and every later one at
     * once. May be called more than once.
     */
    public void endAnswers() {
        model.engine().close();
    }

    @Override
    public void close() {
        model.close();
    }
}
