package tramontane.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.function.IntPredicate;
import tramontane.cache.BlockPool;
import tramontane.cache.KvCache;
import tramontane.draft.DraftModel;
import tramontane.gguf.GgufFile;
import tramontane.model.ModelConfig;
import tramontane.model.ModelException;
import tramontane.model.Pooling;
import tramontane.model.Transformer;
import tramontane.model.WeightSource;
import tramontane.model.Weights;

/**
 * The open file of a draft model, which fits the model that it drafts for: both have the same
 * tokens.
 */
final class DraftFile implements AutoCloseable {
    /** Positions that the draft model follows an answer to; behind them it drafts nothing. */
    private static final int MAX_CONTEXT = 16_384;

    /** The last tokens of a vocabulary may differ: files fill it up in different ways. */
    private static final double MIN_COMMON = 0.95;

    private static final String TOKENS = "tokenizer.ggml.tokens";

    private final GgufFile file;
    private final ModelConfig config;
    private final DraftModel.Size size;

    private DraftFile(GgufFile file, DraftModel.Size size) {
        this.file = file;
        this.config = ModelConfig.of(file);
        this.size = size;
    }

    /**
     * Opens the file of a draft model.
     *
     * @param large the model that it drafts for
     * @param context maximum length of a sequence in tokens; 0 for that of the model
     * @throws tramontane.gguf.GgufException when the file is broken
     * @throws ModelException when the model cannot draft for the large one
     */
    static DraftFile open(Path path, GgufFile large, int context) {
        GgufFile file = GgufFile.open(path);
        try {
            if (Pooling.of(file.metadata()).isPresent()) {
                throw new ModelException(path + " has an embedding model, which drafts nothing");
            }
            int longest = context > 0 ? context : ModelConfig.of(large).contextLength();
            int shortest = Math.min(ModelConfig.of(file).contextLength(), MAX_CONTEXT);
            int followed = Math.min(longest, shortest);
            int blocks = Math.ceilDiv(followed, BlockPool.BLOCK_TOKENS) + DraftModel.MAX_ANSWERS;
            return new DraftFile(
                    file, new DraftModel.Size(followed, blocks, common(path, file, large)));
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** The number of leading tokens that both models have. */
    private static int common(Path path, GgufFile small, GgufFile large) {
        List<String> drafted = small.metadata().getStrings(TOKENS);
        List<String> verified = large.metadata().getStrings(TOKENS);
        int all = Math.min(drafted.size(), verified.size());
        int common = 0;
        while (common < all && drafted.get(common).equals(verified.get(common))) {
            common++;
        }
        if (common < MIN_COMMON * Math.max(drafted.size(), verified.size())) {
            throw new ModelException(
                    path
                            + " cannot draft for this model, because it has other tokens: "
                            + difference(common, drafted, verified));
        }
        return common;
    }

    private static String difference(int token, List<String> drafted, List<String> verified) {
        if (token == Math.min(drafted.size(), verified.size())) {
            return drafted.size() + " of them, and the model has " + verified.size();
        }
        return "token "
                + token
                + " is '"
                + drafted.get(token)
                + "', and in the model '"
                + verified.get(token)
                + "'";
    }

    private Transformer.Limits limits() {
        return new Transformer.Limits(size.context(), DraftModel.MAX_ROWS, DraftModel.MAX_ANSWERS);
    }

    private long cacheBytes() {
        return size.blocks() * KvCache.blockBytes(config.layers(), config.kvShape());
    }

    /** All memory that the draft model takes. */
    long bytes() {
        return Weights.packedBytes(file)
                + Transformer.bufferBytes(config, Weights.output(file), limits())
                + cacheBytes();
    }

    /**
     * Loads the model, which computes with the workers of the large one.
     *
     * @param ends true for the large model's end-of-generation tokens
     */
    DraftModel load(WeightSource source, EngineParts large, IntPredicate ends) {
        EngineParts parts =
                EngineParts.load(source, config, large.kernels(), large.workers(), large.memory());
        file.checkUnchanged();
        KvCache cache = parts.cache(size.blocks());
        DraftModel model = new DraftModel(parts.transformer(limits()), cache, size, ends);
        model.measure();
        return model;
    }

    GgufFile file() {
        return file;
    }

    @Override
    public void close() {
        file.close();
    }
}
