package tramontane.endpoint;

import java.util.concurrent.Semaphore;

/**
 * How many requests may be parsed, rendered and tokenized at the same time. That is where a body
 * takes processor time, and several times its size in memory; more of them at once would only delay
 * each other and everyone else. Large bodies have a turn of their own, one after the other, so that
 * small ones do not wait for them.
 */
final class ParsingTurns {
    /** Parsing a body up to this size takes some tens of milliseconds at most. */
    private static final int SMALL_BYTES = 1 << 20;

    private final Semaphore small;
    private final Semaphore large = new Semaphore(1, true);

    ParsingTurns(int small) {
        this.small = new Semaphore(small, true);
    }

    /** Waits for a turn, to be closed when the prompt has been tokenized. */
    Turn take(int bodyBytes) throws InterruptedException {
        Semaphore turns = bodyBytes <= SMALL_BYTES ? small : large;
        turns.acquire();
        return turns::release;
    }

    /** One turn. */
    @FunctionalInterface
    interface Turn extends AutoCloseable {
        @Override
        void close();
    }
}
