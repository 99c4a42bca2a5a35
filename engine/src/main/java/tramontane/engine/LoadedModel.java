package tramontane.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import tramontane.cache.KvCache;
import tramontane.chat.ChatTemplate;
import tramontane.chat.TemplateSource;
import tramontane.chat.dialect.Dialect;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufFile;
import tramontane.gguf.GgufMetadata;
import tramontane.kernel.Kernels;
import tramontane.kernel.OffHeap;
import tramontane.kernel.Workers;
import tramontane.model.ModelConfig;
import tramontane.model.Transformer;
import tramontane.model.Weights;
import tramontane.token.Tokenizer;

/** A model file made ready to answer: its tokenizer, its chat template and an engine that runs. */
public final class LoadedModel implements AutoCloseable {
    /** Weights up to here are read fast enough for steps of the full budget. */
    private static final long LARGE_WEIGHTS = 1L << 31;

    private static final int STEP_TOKENS = 512;
    private static final int MAX_WAITING = 1024;

    /** Contexts' worth of prompt tokens that may wait. */
    private static final int CONTEXTS_WAITING = 16;

    /**
     * @param kernels chosen while other parts are read already
     * @param threads that compute, the engine's own included
     * @param context positions of a sequence, 0 for the model's own, as far as memory goes
     * @param maxSequences that run at once
     * @param availableBytes of memory the model may take
     * @param template what turns conversations into prompts
     */
    public record Options(
            Supplier<Kernels> kernels,
            int threads,
            int context,
            int maxSequences,
            long availableBytes,
            TemplateSource template) {
        /** With the model file's own template. */
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
                    new TemplateSource.OfModel());
        }
    }

    /** What turns text into tokens; reading it takes as long as packing the weights. */
    private record Text(
            Tokenizer tokenizer, Optional<ChatTemplate> template, Optional<Dialect> dialect) {
        static Text of(GgufMetadata metadata, TemplateSource wanted) {
            Tokenizer tokenizer = Tokenizer.from(metadata);
            Optional<String> source =
                    switch (wanted) {
                        case TemplateSource.OfModel _ ->
                                metadata.findString("tokenizer.chat_template");
                        case TemplateSource.Given(String text) -> Optional.of(text);
                        case TemplateSource.Absent _ -> Optional.empty();
                    };
            Optional<ChatTemplate> template = source.map(ChatTemplate::compile);
            return new Text(
                    tokenizer,
                    template,
                    template.map(each -> Dialect.of(source.orElseThrow(), each, tokenizer)));
        }
    }

    private final Arena arena;
    private final Workers workers;
    private final ModelConfig config;
    private final Kernels kernels;
    private final Text text;
    private final MemoryPlan plan;
    private final Engine engine;

    private LoadedModel(Arena arena, GgufFile file, Workers workers, Options options) {
        this.arena = arena;
        this.workers = workers;
        config = ModelConfig.of(file);
        int stepTokens = Weights.stepBytes(file) > LARGE_WEIGHTS ? STEP_TOKENS / 2 : STEP_TOKENS;
        plan =
                MemoryPlan.of(
                        file,
                        config,
                        options.context,
                        EngineLimits.Rows.of(stepTokens, options.maxSequences),
                        options.availableBytes);
        SegmentAllocator memory = OffHeap.in(arena);
        Weights weights;
        try (ExecutorService beside = Executors.newSingleThreadExecutor()) {
            CompletableFuture<Text> reading =
                    CompletableFuture.supplyAsync(
                            () -> Text.of(file.metadata(), options.template), beside);
            kernels = options.kernels.get();
            weights = Weights.load(file, config, kernels, workers, memory);
            text = joined(reading);
        }
        file.checkUnchanged();
        checkVocabulary(text.tokenizer, weights);
        EngineLimits limits =
                new EngineLimits(
                        plan.context(),
                        plan.blocks(),
                        options.maxSequences,
                        stepTokens,
                        stepTokens / 4,
                        MAX_WAITING,
                        (long) CONTEXTS_WAITING * plan.context());
        Transformer transformer =
                new Transformer(
                        config,
                        weights,
                        kernels,
                        workers,
                        new Transformer.Limits(
                                plan.context(), limits.maxRows(), limits.maxLogits()),
                        memory);
        KvCache cache =
                new KvCache(
                        memory.allocate(plan.tokenBytes() * plan.cachedTokens(), 64),
                        config.layers(),
                        config.kvShape());
        engine =
                new Engine(
                        transformer,
                        cache,
                        workers,
                        limits,
                        weights.vocabulary(),
                        text.tokenizer::isEndOfGeneration);
    }

    private static void checkVocabulary(Tokenizer tokenizer, Weights weights) {
        if (tokenizer.size() != weights.vocabulary()) {
            throw new GgufException(
                    "tokenizer.ggml.tokens",
                    "has "
                            + tokenizer.size()
                            + " elements, and token_embd.weight has "
                            + weights.vocabulary()
                            + " rows");
        }
    }

    /**
     * What was read, or the exception that kept it from being read, as if it had been read here.
     */
    private static Text joined(CompletableFuture<Text> reading) {
        try {
            return reading.join();
        } catch (CompletionException e) {
            throw e.getCause() instanceof RuntimeException cause ? cause : e;
        }
    }

    /**
     * Loads a file, and closes it; throws {@link tramontane.gguf.GgufException} for one that is
     * broken or changes meanwhile, and {@link tramontane.model.ModelException} for one that cannot
     * run here.
     */
    // The arena is closed with the model, or here when loading fails.
    @SuppressWarnings("MustBeClosedChecker")
    public static LoadedModel load(Path path, Options options) {
        Arena arena = Arena.ofShared();
        Workers workers = new Workers(options.threads);
        try (GgufFile file = GgufFile.open(path)) {
            return new LoadedModel(arena, file, workers, options);
        } catch (RuntimeException | Error e) {
            workers.close();
            arena.close();
            throw e;
        }
    }

    public ModelConfig config() {
        return config;
    }

    public Kernels kernels() {
        return kernels;
    }

    public Tokenizer tokenizer() {
        return text.tokenizer;
    }

    /** The file's chat template; a base model has none. */
    public Optional<ChatTemplate> template() {
        return text.template;
    }

    /** How the model writes thoughts and calls; known of every model that has a template. */
    public Optional<Dialect> dialect() {
        return text.dialect;
    }

    public MemoryPlan plan() {
        return plan;
    }

    public Engine engine() {
        return engine;
    }

    @Override
    public void close() {
        engine.close();
        workers.close();
        arena.close();
    }
}
