package tramontane.engine;

import java.util.function.IntToLongFunction;
import tramontane.cache.BlockPool;
import tramontane.cache.KvCache;
import tramontane.gguf.GgufFile;
import tramontane.model.ModelConfig;
import tramontane.model.ModelException;
import tramontane.model.Transformer;
import tramontane.model.Weights;

/**
 * The memory that a model needs, computed before it is loaded.
 *
 * @param weightBytes packed weights, and all that models beside take: a draft model, an image
 *     encoder; the file itself does not stay in memory
 * @param bufferBytes activations and other buffers of a step
 * @param tokenBytes keys and values of one token
 * @param context maximum length of a sequence in tokens
 * @param cachedTokens tokens in the KV cache, of all sequences together
 */
public record MemoryPlan(
        long weightBytes, long bufferBytes, long tokenBytes, int context, long cachedTokens) {
    /**
     * The longest context that is chosen by default. Few answers need more, and every token costs
     * memory.
     */
    private static final int MAX_DEFAULT_CONTEXT = 32_768;

    private static final int MIN_CONTEXT = 512;

    /** Sequences of full length that the cache holds, if there is enough memory. */
    private static final int CACHED_CONTEXTS = 2;

    /**
     * Memory that a model may use.
     *
     * @param draftBytes what its draft model takes of it with a context of so many tokens
     */
    record Available(long bytes, IntToLongFunction draftBytes) {
        /** Without a draft model. */
        Available(long bytes) {
            this(bytes, _ -> 0);
        }
    }

    public long totalBytes() {
        return weightBytes + bufferBytes + tokenBytes * cachedTokens;
    }

    /** The memory with a cache for only one sequence of full length. */
    public long compactBytes() {
        return weightBytes + bufferBytes + tokenBytes * wholeBlocks(context);
    }

    /** The same with another model beside, which takes so much in all. */
    public MemoryPlan beside(long bytes) {
        return new MemoryPlan(weightBytes + bytes, bufferBytes, tokenBytes, context, cachedTokens);
    }

    int blocks() {
        return Math.toIntExact(cachedTokens / BlockPool.BLOCK_TOKENS);
    }

    /**
     * Fits a model into the available memory.
     *
     * @param wantedContext 0 for the context of the model, reduced to the default maximum and to
     *     what fits into memory
     * @param step the maximum size of a step
     * @throws ModelException with the figures, when the model does not fit
     */
    static MemoryPlan of(
            GgufFile file,
            ModelConfig config,
            int wantedContext,
            EngineLimits.StepSize step,
            Available available) {
        checkContext(wantedContext, config.contextLength());
        long tokenBytes =
                KvCache.blockBytes(config.layers(), config.kvShape()) / BlockPool.BLOCK_TOKENS;
        long weights = Weights.packedBytes(file);
        int context =
                wantedContext > 0
                        ? wantedContext
                        : Math.min(config.contextLength(), MAX_DEFAULT_CONTEXT);
        long buffers =
                Transformer.bufferBytes(
                        config,
                        Weights.output(file),
                        new Transformer.Limits(context, step.rows(), step.logits()));
        long remaining = available.bytes - weights - buffers;
        long draft = available.draftBytes.applyAsLong(context);
        while (wantedContext == 0
                && context > MIN_CONTEXT
                && wholeBlocks(context) * tokenBytes + draft > remaining) {
            context /= 2;
            draft = available.draftBytes.applyAsLong(context);
        }
        long whole = wholeBlocks(context);
        if (whole * tokenBytes + draft > remaining) {
            throw new MemoryPlan(weights, buffers, tokenBytes, context, whole)
                    .tooLarge(draft, available.bytes);
        }
        long maxBlocks = (remaining - draft) / (tokenBytes * BlockPool.BLOCK_TOKENS);
        long cached = Math.min(CACHED_CONTEXTS * whole, maxBlocks * BlockPool.BLOCK_TOKENS);
        return new MemoryPlan(weights, buffers, tokenBytes, context, cached).beside(draft);
    }

    /** Why this plan and a draft model do not fit. */
    private ModelException tooLarge(long draftBytes, long availableBytes) {
        String advice = "use a smaller model or a smaller context";
        if (totalBytes() <= availableBytes) {
            advice = "it fits without the draft model: leave that out, or " + advice;
        }
        return new ModelException(
                "not enough memory: needs "
                        + mib(totalBytes() + draftBytes)
                        + " (weights "
                        + mib(weightBytes)
                        + " + buffers "
                        + mib(bufferBytes)
                        + " + a context of "
                        + context
                        + " tokens "
                        + mib(tokenBytes * cachedTokens)
                        + (draftBytes > 0 ? " + draft model " + mib(draftBytes) : "")
                        + "), available are "
                        + mib(availableBytes)
                        + "; "
                        + advice);
    }

    /**
     * @throws ModelException if the wanted context is longer than that of the model
     */
    public static void checkContext(int wanted, int most) {
        if (wanted > most) {
            throw new ModelException(
                    "a context of " + wanted + " tokens was asked for, this model has " + most);
        }
    }

    private static long wholeBlocks(long tokens) {
        return Math.ceilDiv(tokens, BlockPool.BLOCK_TOKENS) * BlockPool.BLOCK_TOKENS;
    }

    /** A size in an error message. */
    public static String mib(long bytes) {
        return (bytes >> 20) + " MiB";
    }
}
