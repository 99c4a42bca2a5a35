package tramontane.backend;

import java.time.Duration;
import java.util.Optional;
import tramontane.usage.Metrics;

/** An answer in the making, pulled by one thread. */
public sealed interface Completion extends AutoCloseable permits LocalCompletion, EmptyCompletion {
    /**
     * The next event, or nothing where none came in time.
     *
     * <p>Of each choice come thinking and texts, none of them empty, and then one {@link
     * CompletionEvent.Finished}; after all choices comes one {@link CompletionEvent.Done}. A {@link
     * CompletionEvent.Failed} may come instead of any of these and ends the answer. The text of a
     * request's prefix is not among the events.
     */
    Optional<CompletionEvent> poll(Duration timeout) throws InterruptedException;

    /** The engine's figures so far; any thread may ask. */
    Metrics metrics();

    /** Stops the work, if any is left. May be called at any time, also more than once. */
    @Override
    void close();
}
