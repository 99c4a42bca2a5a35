package tramontane.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tramontane.access.Caller;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.CompletionRequest;
import tramontane.api.ErrorCode;
import tramontane.api.FimRequest;
import tramontane.api.ModelCard;
import tramontane.chat.dialect.Dialect;
import tramontane.engine.Engine;
import tramontane.engine.EngineFullException;
import tramontane.engine.FinishReason;
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
    private final Pace pace;
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
        this.pace = new Pace(machine.clock(), () -> model.engine().load().computedTokens());
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

    @Override
    public Occupancy occupancy() {
        Engine.Load load = model.engine().load();
        return new Occupancy(
                load.running(), load.waitingTokens(), load.freeBlocks(), load.blocks());
    }

    @Override
    public List<ModelCard> models() {
        return List.of(card);
    }

    @Override
    public Completion start(
            ModelCard asked, CompletionRequest request, SamplingParams sampling, Caller caller)
            throws ApiException {
        return switch (request) {
            case ChatCompletionRequest chat -> {
                PromptWriter.Prompt written = writer().write(chat);
                AnswerPlan plan = new AnswerPlan(writer().dialect(), chat, written.thoughts());
                Room room = room(request, written.tokens());
                Optional<Constraint> constraint = constraints.begin(plan, chat, room.most);
                yield begin(request, room, constraint, sampling, caller, plan.reading());
            }
            case FimRequest fim -> {
                Room room = room(request, gap(fim));
                Reading plain = Reading.plain(fim.length().stop());
                yield begin(request, room, Optional.empty(), sampling, caller, plain);
            }
        };
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
        int[] open = tokenizer.encode(request.prompt());
        return tokenizer.begun(
                request.suffix().isEmpty()
                        ? open
                        : tokenizer.gap(request.prompt(), request.suffix()).orElse(open));
    }

    /**
     * A prompt, and the room there is for an answer.
     *
     * @param most tokens of the answer
     */
    private record Room(int[] prompt, int most, FinishReason reason) {}

    private Room room(CompletionRequest request, int[] prompt) throws ApiException {
        if (prompt.length == 0) {
            throw new ApiException(
                    ErrorCode.BAD_REQUEST,
                    "The prompt is empty, and model "
                            + card.id()
                            + " has no token that begins a text.",
                    request instanceof FimRequest ? "prompt" : "messages");
        }
        Optional<Integer> wanted = request.length().maxTokens();
        int room = card.contextLength() - prompt.length;
        int least = Math.max(1, request.length().minTokens());
        if (room < wanted.orElse(least)) {
            String field = wanted.isEmpty() && least > 1 ? "min_tokens" : "max_tokens";
            throw new ApiException(
                    ErrorCode.CONTEXT_EXCEEDED,
                    "Prompt contains "
                            + prompt.length
                            + " tokens and "
                            + field
                            + " is "
                            + wanted.orElse(least)
                            + ", too large for model with "
                            + card.contextLength()
                            + " maximum context length",
                    field);
        }
        return new Room(
                prompt,
                wanted.orElse(room),
                wanted.isPresent() ? FinishReason.LENGTH : FinishReason.MODEL_LENGTH);
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
        if (room.most == 0 && !scored) {
            return new EmptyCompletion(request.length().n(), room.prompt.length);
        }
        GenerationRequest generation =
                new GenerationRequest(
                        room.prompt,
                        new GenerationRequest.Length(
                                room.most, request.length().minTokens(), room.reason),
                        sampling,
                        request.length().n(),
                        new GenerationRequest.Guidance(
                                constraint, model.tokenizer().encode(request.hints().prediction())),
                        request.output().logprobs(),
                        new GenerationRequest.Owner(
                                caller.id(), request.hints().cacheKey().orElse("")));
        boolean continues = request instanceof FimRequest || !request.prefix().isEmpty();
        return new LocalCompletion(submit(generation), model.tokenizer(), continues, reading);
    }

    private Generation submit(GenerationRequest request) throws ApiException {
        pace.observe();
        try {
            return model.engine().submit(request);
        } catch (EngineFullException e) {
            throw ApiException.busy(
                    "The server is busy: " + e.getMessage() + ".", pace.timeFor(e.waitingTokens()));
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
