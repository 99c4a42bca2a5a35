package tramontane.embedding;

import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import tramontane.cache.KvCache;
import tramontane.engine.LoadedModel;
import tramontane.engine.MemoryPlan;
import tramontane.engine.ModelLoading;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufFile;
import tramontane.gguf.GgufMetadata;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Kernels;
import tramontane.kernel.OffHeap;
import tramontane.kernel.Workers;
import tramontane.model.DecoderRows;
import tramontane.model.EncoderConfig;
import tramontane.model.EncoderRows;
import tramontane.model.EncoderWeights;
import tramontane.model.HiddenRows;
import tramontane.model.ModelException;
import tramontane.model.Pooling;
import tramontane.model.WeightSource;
import tramontane.model.Weights;
import tramontane.packed.PackedWeights;
import tramontane.token.Tokenizer;

/** A loaded file of an embedding model: its tokenizer and a running embedder. */
public final class LoadedEmbedder implements AutoCloseable {
    private static final int ALIGNMENT_BYTES = 64;

    /**
     * What a file says about its model.
     *
     * @param architecture its GGUF name
     * @param dimension elements of a vector
     * @param memory that the model takes once it is loaded
     */
    public record Outline(
            String architecture, int dimension, Tokenizer tokenizer, MemoryPlan memory) {}

    private final Arena arena;
    private final PackedWeights packed;
    private final Workers workers;
    private final Kernels kernels;
    private final Outline outline;
    private final Embedder embedder;

    private LoadedEmbedder(
            Arena arena, GgufFile file, Workers workers, LoadedModel.Options options) {
        this.arena = arena;
        this.workers = workers;
        EmbedderPlan plan = EmbedderPlan.of(file, options);
        outline = outline(file, plan);
        kernels = options.kernels().get();
        SegmentAllocator memory = OffHeap.in(arena);
        packed = PackedWeights.open(file, options.beside().packed());
        HiddenRows hidden =
                load(
                        new WeightSource(file, packed),
                        plan,
                        new HiddenRows.Parts(kernels, workers, memory));
        file.checkUnchanged();
        embedder =
                new Embedder(hidden, cache(plan, memory), pooling(file.metadata()), plan.limits());
        packed.save();
    }

    /** True if a file has an embedding model: it declares a pooling, or is an encoder. */
    public static boolean describes(GgufFile file) {
        return EncoderConfig.describes(file.metadata()) || Pooling.of(file.metadata()).isPresent();
    }

    private static Pooling pooling(GgufMetadata metadata) {
        return Pooling.of(metadata)
                .orElseThrow(() ->
                        new ModelException(
                                EncoderConfig.ARCHITECTURE
                                        + ".pooling_type is missing or 0: the file does not say how"
                                        + " a text's vector is made"));
    }

    private static HiddenRows load(WeightSource source, EmbedderPlan plan, HiddenRows.Parts parts) {
        Kernels kernels = parts.kernels();
        return switch (plan.kind()) {
            case EmbedderPlan.Kind.Encoder(EncoderConfig config) -> {
                EncoderWeights weights =
                        EncoderWeights.load(
                                source, config, kernels, parts.workers(), parts.memory());
                yield new EncoderRows(config, weights, parts, plan.stepTokens());
            }
            case EmbedderPlan.Kind.Decoder(var config) -> {
                Weights weights =
                        Weights.load(source, config, kernels, parts.workers(), parts.memory());
                yield new DecoderRows(
                        config, weights, parts, plan.memory().context(), plan.stepTokens());
            }
        };
    }

    private static KvCache cache(EmbedderPlan plan, SegmentAllocator memory) {
        AttentionShape shape =
                switch (plan.kind()) {
                    case EmbedderPlan.Kind.Encoder(EncoderConfig config) -> config.attention();
                    case EmbedderPlan.Kind.Decoder(var config) -> config.kvShape();
                };
        int layers =
                switch (plan.kind()) {
                    case EmbedderPlan.Kind.Encoder _ -> 1;
                    case EmbedderPlan.Kind.Decoder(var config) -> config.layers();
                };
        long bytes = plan.limits().blocks() * KvCache.blockBytes(layers, shape);
        return new KvCache(memory.allocate(bytes, ALIGNMENT_BYTES), layers, shape);
    }

    private static Outline outline(GgufFile file, EmbedderPlan plan) {
        pooling(file.metadata());
        int dimension =
                switch (plan.kind()) {
                    case EmbedderPlan.Kind.Encoder(EncoderConfig config) -> config.width();
                    case EmbedderPlan.Kind.Decoder(var config) -> config.width();
                };
        Tokenizer tokenizer = Tokenizer.from(file.metadata());
        ModelLoading.checkVocabulary(tokenizer, file.required("token_embd.weight").rows());
        return new Outline(
                file.metadata().getString("general.architecture"),
                dimension,
                tokenizer,
                plan.memory());
    }

    /**
     * Takes what the header of an open file says.
     *
     * @throws GgufException when the file is broken, or changes while it is read
     * @throws ModelException when the model cannot run here, or does not fit into the memory
     */
    public static Outline outline(GgufFile file, LoadedModel.Options options) {
        Outline outline = outline(file, EmbedderPlan.of(file, options));
        file.checkUnchanged();
        return outline;
    }

    /**
     * Loads a model from an open file, which is not needed afterwards.
     *
     * @throws GgufException when the file is broken, or changes while it is read
     * @throws ModelException when the model cannot run here
     */
    public static LoadedEmbedder load(GgufFile file, LoadedModel.Options options) {
        return ModelLoading.load(
                file,
                options.threads(),
                (arena, workers) -> new LoadedEmbedder(arena, file, workers, options));
    }

    /** What the file says about the model. */
    public Outline outline() {
        return outline;
    }

    public Kernels kernels() {
        return kernels;
    }

    public Embedder embedder() {
        return embedder;
    }

    /**
     * Waits until packed weights that are being written are written. Returns why they could not be,
     * if that is so.
     */
    public Optional<String> awaitPacked() throws InterruptedException {
        return packed.await();
    }

    @Override
    public void close() {
        embedder.close();
        packed.close();
        workers.close();
        arena.close();
    }
}
