package tramontane.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import tramontane.access.Caller;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.ChatCompletionRequest.PromptMode;
import tramontane.api.ErrorCode;
import tramontane.api.ModelCard;
import tramontane.chat.ChatTemplate;
import tramontane.chat.Message;
import tramontane.chat.RenderedPrompt;
import tramontane.chat.Role;
import tramontane.chat.TemplateInput;
import tramontane.chat.jinja.TemplateException;
import tramontane.engine.Engine;
import tramontane.engine.EngineFullException;
import tramontane.engine.FinishReason;
import tramontane.engine.Generation;
import tramontane.engine.GenerationRequest;
import tramontane.engine.LoadedModel;
import tramontane.engine.MemoryPlan;
import tramontane.kernel.KernelChoice;
import tramontane.sampling.SamplingParams;
import tramontane.token.Tokenizer;

/** Answers with the engine in this process. */
public final class LocalBackend implements Backend, AutoCloseable {
    private static final double DEFAULT_TEMPERATURE = 0.7;
    private static final int DEFAULT_PARALLEL = 32;

    private final ModelCard card;
    private final LoadedModel model;
    private final Machine machine;
    private final Pace pace;

    private LocalBackend(ModelCard card, LoadedModel model, Machine machine) {
        this.card = card;
        this.model = model;
        this.machine = machine;
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
                                () -> KernelChoice.of(machine.kernels()),
                                options.threads().orElse(machine.cores()),
                                options.context().orElse(0),
                                options.parallel().orElse(DEFAULT_PARALLEL),
                                machine.availableBytes()));
        ModelCard card =
                new ModelCard(
                        name,
                        created,
                        model.plan().context(),
                        aliases,
                        DEFAULT_TEMPERATURE,
                        model.reasons(),
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
            ModelCard asked, ChatCompletionRequest request, SamplingParams sampling, Caller caller)
            throws ApiException {
        int[] prompt = prompt(request);
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
        int choices = request.length().n();
        boolean scored = request.output().logprobs().prompt().isPresent();
        if (wanted.isPresent() && wanted.get() == 0 && !scored) {
            return new EmptyCompletion(choices, prompt.length);
        }
        GenerationRequest generation =
                new GenerationRequest(
                        prompt,
                        new GenerationRequest.Length(
                                wanted.orElse(room),
                                request.length().minTokens(),
                                wanted.isPresent()
                                        ? FinishReason.LENGTH
                                        : FinishReason.MODEL_LENGTH),
                        sampling,
                        choices,
                        new GenerationRequest.Guidance(
                                Optional.empty(),
                                model.tokenizer().encode(request.hints().prediction())),
                        request.output().logprobs(),
                        new GenerationRequest.Owner(
                                caller.id(), request.hints().cacheKey().orElse("")));
        return new LocalCompletion(
                submit(generation),
                model.tokenizer(),
                !request.prefix().isEmpty(),
                request.length().stop());
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

    /**
     * A null {@code prompt_mode} means no reasoning prompt: an empty system message takes its
     * place.
     */
    private List<Message> conversation(ChatCompletionRequest request) {
        List<Message> messages = request.conversation();
        boolean bare = messages.stream().noneMatch(message -> message.role() == Role.SYSTEM);
        if (!card.reasoning() || request.prompting().mode() != PromptMode.NONE || !bare) {
            return messages;
        }
        List<Message> all = new ArrayList<>(messages);
        all.addFirst(Message.text(Role.SYSTEM, ""));
        return all;
    }

    private int[] prompt(ChatCompletionRequest request) throws ApiException {
        ChatTemplate template =
                model.template()
                        .orElseThrow(() ->
                                new ApiException(
                                        ErrorCode.BAD_REQUEST,
                                        "Model "
                                                + card.id()
                                                + " has no chat template: it completes text and cannot chat.",
                                        "model"));
        Tokenizer tokenizer = model.tokenizer();
        try {
            TemplateInput input =
                    new TemplateInput(
                            conversation(request),
                            List.of(),
                            true,
                            text(tokenizer.bos()),
                            text(tokenizer.eos()),
                            Map.of(),
                            LocalDateTime.ofInstant(machine.clock().instant(), ZoneOffset.UTC));
            RenderedPrompt rendered = template.render(input);
            checkCallsAreRead(request, rendered);
            return tokenizer.begun(tokenizer.encode(rendered.spans()));
        } catch (TemplateException e) {
            boolean refused = e.kind() == TemplateException.Kind.REFUSED;
            throw new ApiException(
                    refused ? ErrorCode.MESSAGE_ORDER : ErrorCode.BAD_REQUEST,
                    "The model's chat template "
                            + (refused ? "refuses" : "cannot render")
                            + " this conversation: "
                            + e.reason(),
                    "messages");
        }
    }

    /** Many templates know no tool calls and pass over them; the caller would never learn of it. */
    private static void checkCallsAreRead(ChatCompletionRequest request, RenderedPrompt rendered)
            throws ApiException {
        String prompt = rendered.text();
        boolean lost =
                request.messages().stream()
                        .flatMap(message -> message.toolCalls().stream())
                        .anyMatch(call -> !prompt.contains(call.name()));
        if (lost) {
            throw ApiException.notSupported(
                    "messages", "the model's chat template has no place for tool calls");
        }
    }

    private String text(OptionalInt token) {
        return token.isPresent() ? model.tokenizer().text(token.getAsInt()) : "";
    }

    @Override
    public void close() {
        model.close();
    }
}
