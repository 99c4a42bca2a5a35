package tramontane.backend;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** An answer that is being generated. One thread polls its events. */
public interface Completion extends AutoCloseable {
    /**
     * The next event, or empty if none arrived within the timeout.
     *
     * <p>Each choice has any number of thinking and text events, none of them empty, and then one
     * {@link CompletionEvent.Finished}. After all choices there is one {@link
     * CompletionEvent.Done}. A {@link CompletionEvent.Failed} may replace any of these and is the
     * last event. The request's prefix is not repeated.
     *
     * <p>The answer to a request for embeddings has no choices: one {@link
     * CompletionEvent.Embedded} comes before the end.
     */
    Optional<CompletionEvent> poll(Duration timeout) throws InterruptedException;

    /**
     * The tokens that each choice gained since the last call, for another server that continues the
     * answer if this one dies. Empty lists, or none, where nothing is known of tokens. For the
     * thread that polls.
     */
    default List<int[]> newTokens() {
        return List.of();
    }

    /** The engine's figures so far. Safe to call from any thread. */
    Metrics metrics();

    /** Cancels what is left of the work. May be called at any time, and repeatedly. */
    @Override
    void close();
}
