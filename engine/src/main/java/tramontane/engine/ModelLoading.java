package tramontane.engine;

import java.lang.foreign.Arena;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Workers;
import tramontane.model.ModelException;
import tramontane.token.Tokenizer;

/** What loading a model of any kind from its file has in common. */
public final class ModelLoading {
    private ModelLoading() {}

    /** Loads a model, which closes the arena and the workers when it is closed. */
    @FunctionalInterface
    public interface Construction<M> {
        M of(Arena arena, Workers workers);
    }

    /**
     * Loads a model with memory and threads of its own.
     *
     * @param threads that compute, including the engine's own
     */
    // The arena is closed with the model, or here when loading fails.
    @SuppressWarnings("MustBeClosedChecker")
    public static <M> M load(GgufFile file, int threads, Construction<M> construction) {
        Arena arena = Arena.ofShared();
        Workers workers = new Workers(threads);
        try {
            return construct(file, arena, workers, construction);
        } catch (RuntimeException | Error e) {
            workers.close();
            arena.close();
            throw e;
        }
    }

    private static <M> M construct(
            GgufFile file, Arena arena, Workers workers, Construction<M> construction) {
        try {
            return construction.of(arena, workers);
        } catch (GgufException | ModelException e) {
            // If the file has changed, that explains any other error better than the error itself.
            file.checkUnchanged();
            throw e;
        }
    }

    /**
     * @param rows of the matrix of token embeddings
     * @throws GgufException if the tokenizer has another number of tokens
     */
    public static void checkVocabulary(Tokenizer tokenizer, long rows) {
        if (tokenizer.size() != rows) {
            throw new GgufException(
                    "tokenizer.ggml.tokens",
                    "has "
                            + tokenizer.size()
                            + " elements, and token_embd.weight has "
                            + rows
                            + " rows");
        }
    }
}
