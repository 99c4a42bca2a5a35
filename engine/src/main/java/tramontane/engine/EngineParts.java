package tramontane.engine;

import java.lang.foreign.SegmentAllocator;
import java.util.function.IntPredicate;
import tramontane.cache.KvCache;
import tramontane.kernel.Kernels;
import tramontane.kernel.Workers;
import tramontane.model.ModelConfig;
import tramontane.model.Transformer;
import tramontane.model.WeightSource;
import tramontane.model.Weights;

/**
 * The parts of an engine that do not depend on its limits: loaded weights, and what computes with
 * them. This is the one place where a model is wired together.
 *
 * @param memory for weights, buffers and the KV cache; it must outlive the engine
 */
public record EngineParts(
        ModelConfig config,
        Weights weights,
        Kernels kernels,
        Workers workers,
        SegmentAllocator memory) {
    private static final int ALIGNMENT_BYTES = 64;

    /** Takes the weights from their source, whose file can be closed afterwards. */
    public static EngineParts load(
            WeightSource source,
            ModelConfig config,
            Kernels kernels,
            Workers workers,
            SegmentAllocator memory) {
        Weights weights = Weights.load(source, config, kernels, workers, memory);
        return new EngineParts(config, weights, kernels, workers, memory);
    }

    /**
     * Allocates buffers and cache, and starts an engine.
     *
     * @param endsAnswer true for the model's end-of-generation tokens
     */
    public Engine start(EngineLimits limits, IntPredicate endsAnswer) {
        Transformer transformer =
                new Transformer(
                        config,
                        weights,
                        kernels,
                        workers,
                        new Transformer.Limits(
                                limits.context(), limits.maxRows(), limits.maxLogits()),
                        memory);
        long cacheBytes = limits.blocks() * KvCache.blockBytes(config.layers(), config.kvShape());
        KvCache cache =
                new KvCache(
                        memory.allocate(cacheBytes, ALIGNMENT_BYTES),
                        config.layers(),
                        config.kvShape());
        return new Engine(transformer, cache, workers, limits, weights.vocabulary(), endsAnswer);
    }
}
