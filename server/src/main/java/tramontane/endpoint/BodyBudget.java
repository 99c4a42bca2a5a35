package tramontane.endpoint;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;

/**
 * The memory for large request bodies, held from before the first byte is read until the prompt is
 * tokenized. Bodies that exceed the budget wait in order of arrival. Small bodies never wait, since
 * each request may use {@link #FREE_BYTES} freely.
 *
 * <p>A body acquires its whole share at once, so two bodies cannot wait for each other.
 */
final class BodyBudget {
    /** Bytes that each request may use without a share. */
    static final int FREE_BYTES = 64 << 10;

    private static final int UNIT_BYTES = 1 << 10;

    private final Semaphore units;
    private final Duration patience;

    /** A budget in which waiting fails at once. */
    BodyBudget(long bytes) {
        this(bytes, Duration.ZERO);
    }

    /**
     * @param patience how long a body may wait for its share
     */
    BodyBudget(long bytes, Duration patience) {
        this.units = new Semaphore(units(bytes), true);
        this.patience = patience;
    }

    Share share() {
        return new Share();
    }

    private static int units(long bytes) {
        return Math.toIntExact(Math.ceilDiv(bytes, UNIT_BYTES));
    }

    /** The share of one body, released by closing. For one thread. */
    final class Share implements AutoCloseable {
        private int taken;

        /**
         * Acquires the memory for a body of {@code bytes} bytes, in addition to any acquired
         * before.
         *
         * @throws ApiException 503 if the memory is not available in time
         */
        void take(long bytes) throws ApiException, InterruptedException {
            int wanted = needed(bytes);
            if (wanted > 0 && !units.tryAcquire(wanted, patience.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new ApiException(
                        ErrorCode.UNAVAILABLE, "the server holds too many request bodies already");
            }
            taken += wanted;
        }

        /** Releases what a body of {@code bytes} bytes does not need. */
        void shrink(long bytes) {
            int kept = Math.min(taken, needed(bytes));
            units.release(taken - kept);
            taken = kept;
        }

        private static int needed(long bytes) {
            return units(Math.max(0, bytes - FREE_BYTES));
        }

        @Override
        public void close() {
            shrink(0);
        }
    }
}
