package tramontane.server;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tramontane.backend.Backend;
import tramontane.ledger.Ledger;
import tramontane.telemetry.LastingLogs;

/** How the server ends: by a signal. */
record Shutdown(
        Backend backend,
        HttpListener listener,
        ServedApi.Records records,
        KeyAccess access,
        Duration grace) {
    private static final Logger LOG = LoggerFactory.getLogger(Shutdown.class);

    /**
     * Waits for a signal, then until open answers are complete or the grace period is over; returns
     * the exit status.
     */
    int await(PrintWriter err) throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        Runtime.getRuntime().addShutdownHook(hook(ended, stopped));
        LastingLogs.keepHandlers();
        ended.await();
        LOG.info("Shutting down: open answers may take {} s more", grace.toSeconds());
        if (!listener.stop(grace, backend::endAnswers)) {
            err.println("Some answers were cut short after " + grace.toSeconds() + " s.");
        }
        records.close();
        // Ends the lease of this server and writes when keys were used.
        access.close();
        records.ledger().flatMap(Ledger::ending).ifPresent(err::println);
        LOG.info("The server has ended");
        LastingLogs.flushHandlers();
        stopped.countDown();
        return 0;
    }

    /** The JVM exits when its shutdown hooks have ended, so this one waits until all is closed. */
    private Thread hook(CountDownLatch ended, CountDownLatch stopped) {
        return new Thread(() -> {
            ended.countDown();
            try {
                boolean unused =
                        stopped.await(
                                grace.plus(HttpListener.LAST_WORDS)
                                                .plus(Ledger.MAX_CLOSE_WAIT)
                                                .toSeconds()
                                        + 5L,
                                TimeUnit.SECONDS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }
}
