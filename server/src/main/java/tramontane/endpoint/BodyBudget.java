package tramontane.endpoint;

import java.time.Duration;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;

/**
 * The memory that large request bodies may fill, from before their first byte is read until their
 * prompt is tokenized. Who finds it taken waits, in order; small bodies never wait, since each
 * request may hold {@link #FREE_BYTES} without asking.
 *
 * <p>A body's whole share is taken at once. So no two bodies wait for what the other one holds.
 */
final class BodyBudget {
    /** What each request in flight may hold without a share. */
    static final int FREE_BYTES = 64 << 10;

    private static final int UNIT_BYTES = 1 << 10;

    private final Semaphore units;
    private final Duration patience;

    /** A budget that lets nobody wait. */
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

    /** What one body has taken; closing gives it back. Used by one thread. */
    final class Share implements AutoCloseable {
        private int taken;

        /**
         * Takes what a body of so many bytes needs beyond the free part, in addition to what was
         * taken before.
         *
         * @throws ApiException 503 if that much does not become free in time
         */
        void take(long bytes) throws ApiException, InterruptedException {
            int wanted = needed(bytes);
            if (wanted > 0 && !units.tryAcquire(wanted, patience.toNanos(), TimeUnit.NANOSECONDS)) {
                throw new ApiException(
                        ErrorCode.UNAVAILABLE, "the server holds too many request bodies already");
            }
            taken += wanted;
        }

        /** Gives back all but what a body of so many bytes needs. */
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
