package tramontane.server;

import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tramontane.limit.SharedLimits;

/**
 * The thread that keeps this server's part of the shared limits: its lease, those of dead servers,
 * and what could not be written before. It is apart from the thread that looks for revoked keys, so
 * that neither waits for the other.
 */
final class GatewayThread implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(GatewayThread.class);
    private static final Duration PERIOD = Duration.ofMillis(250);

    /** The last uses of keys are written once in so many periods. */
    private static final int USES_PERIODS = 20;

    /** Writes to the database. */
    @FunctionalInterface
    interface Work {
        void run() throws SQLException;
    }

    private final SharedLimits limits;
    private final Work writeUses;
    private final CountDownLatch stop = new CountDownLatch(1);
    private final Thread thread;
    private volatile boolean failing;

    /**
     * @param writeUses records when keys were last used
     */
    GatewayThread(SharedLimits limits, Work writeUses) {
        this.limits = limits;
        this.writeUses = writeUses;
        this.thread =
                Thread.ofPlatform()
                        .daemon()
                        .name("tramontane-gateway")
                        .unstarted(() -> {
                            try {
                                run();
                            } catch (InterruptedException e) {
                                // Nobody interrupts this thread; if anyone does, it ends.
                                Thread.currentThread().interrupt();
                            }
                        });
    }

    void start() {
        thread.start();
    }

    /** True while the database cannot be used. */
    boolean isFailing() {
        return failing;
    }

    private void run() throws InterruptedException {
        int period = 0;
        while (!stop.await(PERIOD.toMillis(), TimeUnit.MILLISECONDS)) {
            attempt(limits::maintain);
            if (++period % USES_PERIODS == 0) {
                attempt(writeUses);
            }
        }
        attempt(limits::close);
    }

    private void attempt(Work work) {
        try {
            work.run();
            failing = false;
        } catch (SQLException e) {
            // The limits log what this means for requests.
            LOG.debug("The database of the shared limits fails: {}", e.toString());
            failing = true;
        }
    }

    @Override
    public void close() throws InterruptedException {
        stop.countDown();
        thread.join();
    }
}
