package tramontane.embedding;

import tramontane.cache.BlockPool;
import tramontane.cache.KvCache;
import tramontane.engine.LoadedModel;
import tramontane.engine.MemoryPlan;
import tramontane.gguf.GgufFile;
import tramontane.gguf.GgufMetadata;
import tramontane.kernel.AttentionShape;
import tramontane.model.DecoderRows;
import tramontane.model.EncoderConfig;
import tramontane.model.EncoderRows;
import tramontane.model.EncoderWeights;
import tramontane.model.ModelConfig;
import tramontane.model.ModelException;
import tramontane.model.Weights;

/**
 * What a file's embedding model needs, computed before it is loaded.
 *
 * @param stepTokens maximum of tokens in a step
 */
record EmbedderPlan(Kind kind, int stepTokens, MemoryPlan memory) {
    /** The two kinds of embedding models. */
    sealed interface Kind {
        record Encoder(EncoderConfig config) implements Kind {}

        record Decoder(ModelConfig config) implements Kind {}
    }

    private static final int STEP_TOKENS = 512;

    /** A longer context must be asked for, because buffers grow with it. */
    private static final int MAX_ENCODER_CONTEXT = 2048;

    private static final int MAX_DECODER_CONTEXT = 32_768;
    private static final int MIN_CONTEXT = 512;

    /** Texts of full length that the cache of a decoder holds. */
    private static final int CACHED_CONTEXTS = 2;

    /**
     * @throws ModelException if the model cannot run here, or does not fit into the memory
     */
    static EmbedderPlan of(GgufFile file, LoadedModel.Options options) {
        if (options.beside().draft().isPresent()) {
            throw new ModelException(
                    "an embedding model writes no answers, so no draft model can help it");
        }
        return EncoderConfig.describes(file.metadata())
                ? encoder(file, EncoderConfig.of(file), options)
                : decoder(file, ModelConfig.of(file), options);
    }

    private static EmbedderPlan encoder(
            GgufFile file, EncoderConfig config, LoadedModel.Options options) {
        MemoryPlan.checkContext(options.context(), config.contextLength());
        int context =
                options.context() > 0
                        ? options.context()
                        : Math.min(config.contextLength(), MAX_ENCODER_CONTEXT);
        int stepTokens = Math.max(STEP_TOKENS, context);
        int blocks = Math.ceilDiv(stepTokens, BlockPool.BLOCK_TOKENS) + EmbedderLimits.STEP_TEXTS;
        MemoryPlan memory =
                new MemoryPlan(
                        EncoderWeights.packedBytes(file),
                        EncoderRows.bufferBytes(config, stepTokens, options.threads()),
                        tokenBytes(1, config.attention()),
                        context,
                        (long) blocks * BlockPool.BLOCK_TOKENS);
        return new EmbedderPlan(
                new Kind.Encoder(config), stepTokens, fitting(memory, options.availableBytes()));
    }

    private static EmbedderPlan decoder(
            GgufFile file, ModelConfig config, LoadedModel.Options options) {
        MemoryPlan.checkContext(options.context(), config.contextLength());
        checkCausal(file.metadata(), config);
        int context =
                options.context() > 0
                        ? options.context()
                        : Math.min(config.contextLength(), MAX_DECODER_CONTEXT);
        MemoryPlan memory = decoder(file, config, context);
        while (options.context() == 0
                && context > MIN_CONTEXT
                && memory.totalBytes() > options.availableBytes()) {
            context /= 2;
            memory = decoder(file, config, context);
        }
        return new EmbedderPlan(
                new Kind.Decoder(config), STEP_TOKENS, fitting(memory, options.availableBytes()));
    }

    private static MemoryPlan decoder(GgufFile file, ModelConfig config, int context) {
        long blocks = Math.ceilDiv((long) CACHED_CONTEXTS * context, BlockPool.BLOCK_TOKENS);
        return new MemoryPlan(
                Weights.packedBytes(file),
                DecoderRows.bufferBytes(config, context, STEP_TOKENS),
                tokenBytes(config.layers(), config.kvShape()),
                context,
                blocks * BlockPool.BLOCK_TOKENS);
    }

    private static long tokenBytes(int layers, AttentionShape shape) {
        return KvCache.blockBytes(layers, shape) / BlockPool.BLOCK_TOKENS;
    }

    private static void checkCausal(GgufMetadata metadata, ModelConfig config) {
        String key = config.architecture().ggufName() + ".attention.causal";
        if (!metadata.findBool(key).orElse(true)) {
            throw new ModelException(
                    key + " is false: a decoder that looks both ways is not supported");
        }
    }

    private static MemoryPlan fitting(MemoryPlan plan, long availableBytes) {
        if (plan.totalBytes() > availableBytes) {
            throw new ModelException(
                    "not enough memory: needs "
                            + MemoryPlan.mib(plan.totalBytes())
                            + " (weights "
                            + MemoryPlan.mib(plan.weightBytes())
                            + ", buffers and cache "
                            + MemoryPlan.mib(plan.totalBytes() - plan.weightBytes())
                            + "), available are "
                            + MemoryPlan.mib(availableBytes)
                            + "; use a smaller model or a smaller context");
        }
        return plan;
    }

    EmbedderLimits limits() {
        return new EmbedderLimits(
                memory.context(),
                Math.toIntExact(memory.cachedTokens() / BlockPool.BLOCK_TOKENS),
                stepTokens,
                EmbedderLimits.MAX_JOBS,
                EmbedderLimits.MAX_TOKENS);
    }
}
