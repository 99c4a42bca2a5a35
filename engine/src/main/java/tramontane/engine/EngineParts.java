package tramontane.engine;

import java.lang.foreign.SegmentAllocator;
import java.util.Optional;
import java.util.function.IntPredicate;
import tramontane.cache.KvCache;
import tramontane.draft.DraftModel;
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
        return start(limits, endsAnswer, Optional.empty());
    }

    /**
     * The same with a draft model.
     *
     * @param draft with the same workers
     */
    public Engine start(EngineLimits limits, IntPredicate endsAnswer, Optional<DraftModel> draft) {
        Transformer.Limits sizes =
                new Transformer.Limits(limits.context(), limits.maxRows(), limits.maxLogits());
        Transformer transformer = transformer(sizes);
        KvCache cache = cache(limits.blocks());
        return new Engine(
                transformer, cache, workers, limits, weights.vocabulary(), endsAnswer, draft);
    }

    /** Allocates the buffers of a transformer. */
    Transformer transformer(Transformer.Limits limits) {
        return new Transformer(config, weights, kernels, workers, limits, memory);
    }

    /** Allocates a KV cache. */
    KvCache cache(int blocks) {
        long bytes = blocks * KvCache.blockBytes(config.layers(), config.kvShape());
        return new KvCache(
                memory.allocate(bytes, ALIGNMENT_BYTES), config.layers(), config.kvShape());
    }
}
