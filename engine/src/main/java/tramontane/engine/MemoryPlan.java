package tramontane.engine;

import tramontane.cache.BlockPool;
import tramontane.cache.KvCache;
import tramontane.gguf.GgufFile;
import tramontane.model.ModelConfig;
import tramontane.model.ModelException;
import tramontane.model.Transformer;
import tramontane.model.Weights;

/**
 * What a model will take of the machine's memory, worked out before anything is loaded.
 *
 * @param weightBytes packed weights; of the file itself nothing stays in memory
 * @param bufferBytes what lies between the layers
 * @param tokenBytes keys and values of one token
 * @param context positions of one sequence
 * @param cachedTokens that keys and values are kept of, over all sequences
 */
public record MemoryPlan(
        long weightBytes, long bufferBytes, long tokenBytes, int context, long cachedTokens) {
    /**
     * Without a wish, a context is no longer than this: few answers need more, and every token
     * costs memory.
     */
    private static final int DEFAULT_CONTEXT_MAX = 32_768;

    private static final int CONTEXT_MIN = 512;

    /** Contexts' worth of tokens the cache holds for all sequences together, if there is memory. */
    private static final int CONTEXTS_CACHED = 2;

    public long totalBytes() {
        return weightBytes + bufferBytes + tokenBytes * cachedTokens;
    }

    int blocks() {
        return Math.toIntExact(cachedTokens / BlockPool.BLOCK_TOKENS);
    }

    /**
     * Fits a model into {@code availableBytes}, or throws with the figures.
     *
     * @param wantedContext 0 for as much as the model was trained for, within reason and memory
     * @param rows of a step, and those of them whose logits it can want
     */
    static MemoryPlan of(
            GgufFile file,
            ModelConfig config,
            int wantedContext,
            EngineLimits.Rows rows,
            long availableBytes) {
        if (wantedContext > config.contextLength()) {
            throw new ModelException(
                    "a context of "
                            + wantedContext
                            + " tokens was asked for, this model has "
                            + config.contextLength());
        }
        long tokenBytes =
                KvCache.blockBytes(config.layers(), config.kvShape()) / BlockPool.BLOCK_TOKENS;
        long weights = Weights.packedBytes(file);
        int context =
                wantedContext > 0
                        ? wantedContext
                        : Math.min(config.contextLength(), DEFAULT_CONTEXT_MAX);
        long buffers =
                Transformer.bufferBytes(
                        config,
                        Weights.output(file),
                        new Transformer.Limits(context, rows.most(), rows.logits()));
        long left = availableBytes - weights - buffers;
        if (wantedContext == 0) {
            while (context > CONTEXT_MIN && wholeBlocks(context) * tokenBytes > left) {
                context /= 2;
            }
        }
        long need = wholeBlocks(context) * tokenBytes;
        if (need > left) {
            throw new ModelException(
                    "not enough memory: weights "
                            + mib(weights)
                            + " + buffers "
                            + mib(buffers)
                            + " + a context of "
                            + context
                            + " tokens "
                            + mib(need)
                            + ", available are "
                            + mib(availableBytes)
                            + "; use a smaller model or a smaller context");
        }
        long blocksLeft = left / (tokenBytes * BlockPool.BLOCK_TOKENS);
        long cached =
                Math.min(
                        CONTEXTS_CACHED * wholeBlocks(context),
                        blocksLeft * BlockPool.BLOCK_TOKENS);
        return new MemoryPlan(weights, buffers, tokenBytes, context, cached);
    }

    private static long wholeBlocks(long tokens) {
        return Math.ceilDiv(tokens, BlockPool.BLOCK_TOKENS) * BlockPool.BLOCK_TOKENS;
    }

    private static String mib(long bytes) {
        return (bytes >> 20) + " MiB";
    }
}
