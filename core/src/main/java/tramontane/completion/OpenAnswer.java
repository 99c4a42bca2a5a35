package tramontane.completion;

import tramontane.backend.Completion;

/** An answer that is being computed. Close it at the end, or earlier to cancel. */
public sealed interface OpenAnswer extends AutoCloseable permits Answering, EmbeddingAnswer {
    /** The source of the answer's events. */
    Completion completion();

    @Override
    default void close() {
        completion().close();
    }
}
