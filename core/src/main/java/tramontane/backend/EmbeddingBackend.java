package tramontane.backend;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.function.Consumer;
import tramontane.api.ApiException;
import tramontane.api.CompletionRequest;
import tramontane.api.EmbeddingRequest;
import tramontane.api.ErrorCode;
import tramontane.api.ModelCard;
import tramontane.embedding.LoadedEmbedder;
import tramontane.engine.Engine;
import tramontane.engine.EngineFullException;
import tramontane.engine.MemoryPlan;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.sampling.SamplingParams;
import tramontane.token.Tokenizer;

/** A backend that runs an embedding model in this process. */
public final class EmbeddingBackend implements ModelBackend {
    /** Tokens of all texts of a request. */
    static final int MAX_TOKENS = 1 << 18;

    /** Numbers of all vectors of a request; an answer of 13 MB. */
    static final int MAX_NUMBERS = 1 << 20;

    private final Path file;
    private final ModelCard card;
    private final LoadedEmbedder model;
    private final Pace pace = new Pace();

    private EmbeddingBackend(Path file, ModelCard card, LoadedEmbedder model) {
        this.file = file;
        this.card = card;
        this.model = model;
    }

    static EmbeddingBackend load(GgufFile file, Source source, RunOptions options, Machine machine)
            throws IOException {
        long created = source.created();
        LoadedEmbedder model =
                LoadedEmbedder.load(file, ModelBackend.loading(options, machine, source));
        ModelCard card = card(source.names(), created, model.outline(), model.kernels());
        return new EmbeddingBackend(source.path(), card, model);
    }

    static Outline outline(GgufFile file, Source source, RunOptions options, Machine machine)
            throws IOException {
        long created = source.created();
        LoadedEmbedder.Outline outline =
                LoadedEmbedder.outline(file, ModelBackend.loading(options, machine, source));
        Kernels kernels = machine.kernels().get();
        return new Outline(card(source.names(), created, outline, kernels), outline.memory());
    }

    private static ModelCard card(
            ModelCard.Names names, long created, LoadedEmbedder.Outline outline, Kernels kernels) {
        return new ModelCard(
                names.id(),
                created,
                outline.memory().context(),
                names.aliases(),
                0,
                ModelCard.Abilities.embeddings(outline.dimension()),
                Optional.of(
                        outline.architecture()
                                + " on "
                                + kernels.name()
                                + ", embeddings of "
                                + outline.dimension()
                                + " dimensions"));
    }

    @Override
    public MemoryPlan memory() {
        return model.outline().memory();
    }

    @Override
    public Optional<String> awaitPacked() throws InterruptedException {
        return model.awaitPacked();
    }

    @Override
    public List<String> missingInTemplate() {
        return List.of();
    }

    @Override
    public List<ModelCard> models() {
        return List.of(card);
    }

    @Override
    public Map<String, Path> files() {
        return Map.of(card.id(), file);
    }

    @Override
    public Map<String, Path> encoderFiles() {
        return Map.of();
    }

    @Override
    public Map<String, Occupancy> occupancies() {
        Engine.Load load = model.embedder().load();
        int waiting = Math.max(0, model.embedder().unfinishedJobs() - load.running());
        return Map.of(card.id(), Occupancy.of(load, waiting));
    }

    @Override
    public Optional<String> failure() {
        return model.embedder().failed();
    }

    @Override
    public void whenFailed(Consumer<String> reaction) {
        model.embedder().failure().thenAccept(reaction);
    }

    @Override
    public Completion embed(ModelCard asked, EmbeddingRequest request, Caller caller)
            throws ApiException {
        requireWorking();
        checkForm(request);
        int[][] texts = texts(request);
        int tokens = 0;
        for (int[] text : texts) {
            tokens += text.length;
        }
        caller.budget().reserve(new TokenBudget.Demand(tokens, 1, 0, true));
        return submit(texts, caller);
    }

    private void checkForm(EmbeddingRequest request) throws ApiException {
        String field = request.form().dimensionField();
        int dimension =
                request.form()
                        .dimension()
                        .map(EmbeddingRequest.Dimension::elements)
                        .orElse(card.abilities().dimension());
        if (dimension > card.abilities().dimension()) {
            throw new ApiException(
                    ErrorCode.BAD_REQUEST,
                    field
                            + " is "
                            + dimension
                            + ", model "
                            + card.id()
                            + " has "
                            + card.abilities().dimension()
                            + " dimensions",
                    field);
        }
        if (dimension % request.form().dtype().elements() != 0) {
            throw new ApiException(
                    ErrorCode.BAD_REQUEST,
                    field
                            + " is "
                            + dimension
                            + ", and a binary output_dtype packs eight dimensions into a byte; use"
                            + " a multiple of 8",
                    field);
        }
        int most = MAX_NUMBERS / dimension;
        if (request.input().size() > most) {
            throw new ApiException(
                    ErrorCode.BAD_REQUEST,
                    "input has "
                            + request.input().size()
                            + " texts; with vectors of "
                            + dimension
                            + " dimensions a request may have "
                            + most,
                    "input");
        }
    }

    /**
     * Encodes the texts, with the tokens that the file puts around each.
     *
     * @throws ApiException if one is longer than the context, or all are too long together
     */
    private int[][] texts(EmbeddingRequest request) throws ApiException {
        Tokenizer tokenizer = model.outline().tokenizer();
        int context = card.contextLength();
        int counted = AnswerLimit.maxCountedTokens(card);
        int[][] texts = new int[request.input().size()][];
        long all = 0;
        for (int i = 0; i < texts.length; i++) {
            int[] plain = tokenizer.encode(request.input().get(i), counted);
            texts[i] = tokenizer.withBosAndEos(plain);
            if (texts[i].length > context) {
                String count =
                        plain.length > counted
                                ? "more than " + (counted)
                                : Integer.toString(texts[i].length);
                throw new ApiException(
                        ErrorCode.CONTEXT_EXCEEDED,
                        "Text "
                                + i
                                + " of input contains "
                                + count
                                + " tokens, too large for model with "
                                + context
                                + " maximum context length",
                        "input");
            }
            if (texts[i].length == 0) {
                throw new ApiException(
                        ErrorCode.BAD_REQUEST,
                        "Text " + i + " of input has no tokens that model " + card.id() + " knows",
                        "input");
            }
            all += texts[i].length;
            if (all > MAX_TOKENS) {
                throw new ApiException(
                        ErrorCode.BAD_REQUEST,
                        "the texts of input have more than "
                                + MAX_TOKENS
                                + " tokens together, which is the limit of a request; send fewer",
                        "input");
            }
        }
        return texts;
    }

    private Completion submit(int[][] texts, Caller caller) throws ApiException {
        pace.observe(model.embedder().load());
        try {
            return new LocalEmbedding(model.embedder().submit(texts, caller.id()));
        } catch (EngineFullException e) {
            throw pace.busy(e);
        }
    }

    /** Never answers: an embedding model generates no text. */
    @Override
    public Completion start(
            ModelCard asked, CompletionRequest request, SamplingParams sampling, Caller caller)
            throws ApiException {
        throw generatesNothing(card);
    }

    /** The error for a model that was asked for text. */
    public static ApiException generatesNothing(ModelCard model) {
        return new ApiException(
                ErrorCode.INVALID_MODEL,
                "Invalid model: "
                        + model.id()
                        + " computes embeddings, and generates no text; use it with /v1/embeddings",
                "model");
    }

    @Override
    public Inspection inspect(ModelCard asked, CompletionRequest request, Caller caller) {
        return new Inspection(
                Optional.empty(),
                OptionalInt.empty(),
                OptionalInt.empty(),
                Optional.of(generatesNothing(card)));
    }

    @Override
    public void endAnswers() {
        model.embedder().close();
    }

    @Override
    public void close() {
        model.close();
    }
}
