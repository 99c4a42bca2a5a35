package tramontane.engine;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.IntPredicate;
import tramontane.cache.BlockPool;
import tramontane.cache.KvCache;
import tramontane.draft.DraftModel;
import tramontane.gguf.GgufException;
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

    private final Path path;
    private final GgufFile file;
    private final ModelConfig config;
    private final int common;

    private DraftFile(Path path, GgufFile file, int common) {
        this.path = path;
        this.file = file;
        this.config = ModelConfig.of(file);
        this.common = common;
    }

    /**
     * Opens the file of a draft model.
     *
     * @param large the model that it drafts for
     * @throws ModelException when the file is broken, or the model cannot draft for the large one;
     *     the message names the file, because the large model's is the one that is being loaded
     */
    static DraftFile open(Path path, GgufFile large) {
        try {
            return of(path, GgufFile.open(path), large);
        } catch (GgufException | ModelException e) {
            throw cannotDraft(path, e);
        }
    }

    private static ModelException cannotDraft(Path path, RuntimeException cause) {
        return new ModelException(path + " cannot draft for this model: " + cause.getMessage());
    }

    private static DraftFile of(Path path, GgufFile file, GgufFile large) {
        try {
            if (file.metadata().findString("general.type").equals(Optional.of("adapter"))) {
                throw new ModelException(
                        "it is an adapter, which changes another model and is none itself");
            }
            if (Pooling.of(file.metadata()).isPresent()) {
                throw new ModelException("it has an embedding model, which writes no text");
            }
            int common = common(file, large);
            checkRows(file, common);
            return new DraftFile(path, file, common);
        } catch (RuntimeException | Error e) {
            file.close();
            throw e;
        }
    }

    /** The number of leading tokens that both models have. */
    private static int common(GgufFile small, GgufFile large) {
        List<String> drafted = small.metadata().getStrings(TOKENS);
        List<String> verified = large.metadata().getStrings(TOKENS);
        int all = Math.min(drafted.size(), verified.size());
        int common = 0;
        while (common < all && drafted.get(common).equals(verified.get(common))) {
            common++;
        }
        if (common < MIN_COMMON * Math.max(drafted.size(), verified.size())) {
            throw new ModelException(
                    "it has other tokens: " + difference(common, drafted, verified));
        }
        return common;
    }

    /** A damaged file may list more tokens than it has weights for. */
    private static void checkRows(GgufFile file, int tokens) {
        long rows = Weights.output(file).rows();
        if (rows < tokens) {
            throw new ModelException("it lists " + tokens + " tokens, and has weights for " + rows);
        }
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

    /** The sizes for sequences of the large model that are so long. */
    private DraftModel.Size size(int context) {
        int followed = Math.min(context, Math.min(config.contextLength(), MAX_CONTEXT));
        int blocks = Math.ceilDiv(followed, BlockPool.BLOCK_TOKENS) + DraftModel.MAX_ANSWERS;
        return new DraftModel.Size(followed, blocks, common);
    }

    private static Transformer.Limits limits(DraftModel.Size size) {
        return new Transformer.Limits(size.context(), DraftModel.MAX_ROWS, DraftModel.MAX_ANSWERS);
    }

    /**
     * All memory that the draft model takes.
     *
     * @param context maximum length of a sequence of the large model in tokens
     */
    long bytes(int context) {
        DraftModel.Size size = size(context);
        return Weights.packedBytes(file)
                + Transformer.bufferBytes(config, Weights.output(file), limits(size))
                + size.blocks() * KvCache.blockBytes(config.layers(), config.kvShape());
    }

    /**
     * Loads the model, which computes with the workers of the large one.
     *
     * @param context maximum length of a sequence of the large model in tokens
     * @param ends true for the large model's end-of-generation tokens
     * @throws ModelException when the file is broken; the message names it
     */
    DraftModel load(WeightSource source, EngineParts large, int context, IntPredicate ends) {
        try {
            return loaded(source, large, size(context), ends);
        } catch (GgufException | ModelException e) {
            throw cannotDraft(path, e);
        }
    }

    private DraftModel loaded(
            WeightSource source, EngineParts large, DraftModel.Size size, IntPredicate ends) {
        EngineParts parts =
                EngineParts.load(source, config, large.kernels(), large.workers(), large.memory());
        file.checkUnchanged();
        KvCache cache = parts.cache(size.blocks());
        DraftModel model = new DraftModel(parts.transformer(limits(size)), cache, size, ends);
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
