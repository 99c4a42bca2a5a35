package tramontane.endpoint;

import java.util.concurrent.atomic.AtomicLong;

/** The memory that all request bodies together may fill while they are read and parsed. */
final class BodyBudget {
    private final AtomicLong bytesLeft;

    BodyBudget(long bytes) {
        this.bytesLeft = new AtomicLong(bytes);
    }

    Share share() {
        return new Share();
    }

    /** What one body has taken; closing gives it back. Used by one thread. */
    final class Share implements AutoCloseable {
        private long taken;

        /** Takes more, or says that there is not as much. */
        boolean take(int bytes) {
            if (bytesLeft.addAndGet(-bytes) < 0) {
                bytesLeft.addAndGet(bytes);
                return false;
            }
            taken += bytes;
            return true;
        }

        @Override
        public void close() {
            bytesLeft.addAndGet(taken);
            taken = 0;
        }
    }
}
