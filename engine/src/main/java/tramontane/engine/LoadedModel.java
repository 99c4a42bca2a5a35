package tramontane.engine;

import java.lang.System.Logger;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import tramontane.chat.ChatTemplate;
import tramontane.chat.TemplateSource;
import tramontane.chat.dialect.Dialect;
import tramontane.draft.DraftModel;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.kernel.OffHeap;
import tramontane.kernel.Workers;
import tramontane.model.ModelConfig;
import tramontane.model.ModelException;
import tramontane.model.Pooling;
import tramontane.model.WeightSource;
import tramontane.model.Weights;
import tramontane.packed.PackedPlace;
import tramontane.packed.PackedWeights;
import tramontane.token.Tokenizer;

/** A loaded model file: its tokenizer, its chat template and a running engine. */
public final class LoadedModel implements AutoCloseable {
    private static final Logger LOG = System.getLogger(LoadedModel.class.getName());

    /** With more bytes of weights than this, steps have half the budget. */
    private static final long LARGE_WEIGHTS_BYTES = 1L << 31;

    private static final int STEP_TOKENS = 512;
    private static final int MAX_WAITING = 1024;

    /** Prompt tokens that may wait, in contexts. */
    private static final int MAX_WAITING_CONTEXTS = 16;

    /**
     * Files beside the model's own.
     *
     * @param packed where packed weights are kept for the next load
     * @param draft the file of a draft model
     */
    public record Beside(PackedPlace packed, Optional<Path> draft) {
        public static final Beside NONE = new Beside(new PackedPlace.Off(), Optional.empty());

        /** Without a draft model. */
        public Beside(PackedPlace packed) {
            this(packed, Optional.empty());
        }
    }

    /**
     * @param kernels called while the tokenizer and the template are being read
     * @param threads that compute, including the engine's own
     * @param context positions of a sequence; 0 for as many as the model and the memory allow
     * @param maxSequences that run at the same time
     * @param availableBytes memory that the model may use
     * @param template the chat template to use
     */
    public record Options(
            Supplier<Kernels> kernels,
            int threads,
            int context,
            int maxSequences,
            long availableBytes,
            TemplateSource template,
            Beside beside) {
        /** Uses the chat template of the model file, and no files beside it. */
        public Options(
                Supplier<Kernels> kernels,
                int threads,
                int context,
                int maxSequences,
                long availableBytes) {
            this(
                    kernels,
                    threads,
                    context,
                    maxSequences,
                    availableBytes,
                    new TemplateSource.OfModel(),
                    Beside.NONE);
        }
    }

    private final Arena arena;
    private final PackedWeights packed;
    private final PackedWeights draftPacked;
    private final Workers workers;
    private final ModelConfig config;
    private final Kernels kernels;
    private final ModelText text;
    private final MemoryPlan plan;
    private final Engine engine;

    // The file of the draft model is closed when it is loaded.
    @SuppressWarnings("MustBeClosedChecker")
    private LoadedModel(Arena arena, GgufFile file, Workers workers, Options options) {
        this.arena = arena;
        this.workers = workers;
        if (Pooling.of(file.metadata()).isPresent()) {
            throw new ModelException("the file has an embedding model, which generates no text");
        }
        config = ModelConfig.of(file);
        int stepTokens = stepTokens(file);
        plan = plan(file, config, options);
        packed = PackedWeights.open(file, options.beside.packed);
        EngineParts parts;
        try (ExecutorService beside = Executors.newSingleThreadExecutor()) {
            CompletableFuture<ModelText.Reading> reading =
                    CompletableFuture.supplyAsync(
                            () -> ModelText.read(file.metadata(), options.template, packed),
                            beside);
            kernels = options.kernels.get();
            parts =
                    EngineParts.load(
                            new WeightSource(file, packed),
                            config,
                            kernels,
                            workers,
                            OffHeap.in(arena));
            ModelText.Reading read = joined(reading);
            read.keeping().run();
            text = read.text();
        }
        file.checkUnchanged();
        ModelLoading.checkVocabulary(text.tokenizer(), parts.weights().vocabulary());
        EngineLimits limits =
                new EngineLimits(
                        plan.context(),
                        plan.blocks(),
                        options.maxSequences,
                        stepTokens,
                        stepTokens / 4,
                        MAX_WAITING,
                        (long) MAX_WAITING_CONTEXTS * plan.context());
        Draft draft = draft(file, parts, options);
        draftPacked = draft.packed;
        engine = parts.start(limits, text.tokenizer()::isEndOfGeneration, draft.model);
        packed.save();
        draftPacked.save();
    }

    /** A draft model, if there is one, and its packed weights. */
    private record Draft(Optional<DraftModel> model, PackedWeights packed) {}

    private Draft draft(GgufFile file, EngineParts parts, Options options) {
        if (options.beside.draft.isEmpty()) {
            return new Draft(Optional.empty(), PackedWeights.none());
        }
        try (DraftFile draft = DraftFile.open(options.beside.draft.get(), file)) {
            PackedWeights packedDraft = PackedWeights.open(draft.file(), options.beside.packed);
            DraftModel model =
                    draft.load(
                            new WeightSource(draft.file(), packedDraft),
                            parts,
                            plan.context(),
                            text.tokenizer()::isEndOfGeneration);
            Path path = options.beside.draft.get();
            LOG.log(Logger.Level.INFO, "Answers of {0} are drafted by {1}", file.path(), path);
            if (Weights.stepBytes(draft.file()) >= Weights.stepBytes(file)) {
                LOG.log(
                        Logger.Level.WARNING,
                        "{0} is not smaller than {1}, for which it drafts, so it cannot make answers"
                                + " faster",
                        path,
                        file.path());
            }
            return new Draft(Optional.of(model), packedDraft);
        }
    }

    private static int stepTokens(GgufFile file) {
        return Weights.stepBytes(file) > LARGE_WEIGHTS_BYTES ? STEP_TOKENS / 2 : STEP_TOKENS;
    }

    /** The memory that a model needs with these options. */
    static MemoryPlan plan(GgufFile file, ModelConfig config, Options options) {
        if (options.beside.draft.isEmpty()) {
            return plan(file, config, options, new MemoryPlan.Available(options.availableBytes));
        }
        try (DraftFile draft = DraftFile.open(options.beside.draft.get(), file)) {
            return plan(
                    file,
                    config,
                    options,
                    new MemoryPlan.Available(options.availableBytes, draft::bytes));
        }
    }

    private static MemoryPlan plan(
            GgufFile file, ModelConfig config, Options options, MemoryPlan.Available available) {
        return MemoryPlan.of(
                file,
                config,
                options.context,
                EngineLimits.StepSize.of(stepTokens(file), options.maxSequences),
                available);
    }

    /** Waits for the reading thread, and throws its exception if it failed. */
    private static <T> T joined(CompletableFuture<T> reading) {
        try {
            return reading.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /**
     * Loads a model file and closes the file.
     *
     * @throws tramontane.gguf.GgufException when the file is broken, or changes while it is read
     * @throws tramontane.model.ModelException when the model cannot run here
     */
    public static LoadedModel load(Path path, Options options) {
        try (GgufFile file = GgufFile.open(path)) {
            return load(file, options);
        }
    }

    /** The same from an open file, which is not needed afterwards. */
    public static LoadedModel load(GgufFile file, Options options) {
        return ModelLoading.load(
                file,
                options.threads,
                (arena, workers) -> new LoadedModel(arena, file, workers, options));
    }

    public ModelConfig config() {
        return config;
    }

    public Kernels kernels() {
        return kernels;
    }

    public Tokenizer tokenizer() {
        return text.tokenizer();
    }

    /** The chat template; empty for a base model. */
    public Optional<ChatTemplate> template() {
        return text.template();
    }

    /** How the model writes thinking and tool calls; present if there is a template. */
    public Optional<Dialect> dialect() {
        return text.dialect();
    }

    public MemoryPlan plan() {
        return plan;
    }

    public Engine engine() {
        return engine;
    }

    /**
     * Waits until packed weights that are being written are written. Returns why they could not be,
     * if that is so.
     */
    public Optional<String> awaitPacked() throws InterruptedException {
        Optional<String> large = packed.await();
        Optional<String> small = draftPacked.await();
        return large.or(() -> small);
    }

    @Override
    public void close() {
        engine.close();
        packed.close();
        draftPacked.close();
        workers.close();
        arena.close();
    }
}
