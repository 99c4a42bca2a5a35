package tramontane.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Closes a stream that has delivered nothing for some time, so that its reader gets an {@link
 * IOException}.
 */
final class StallGuard implements AutoCloseable {
    private final AtomicLong bytes = new AtomicLong();
    private final Thread watcher;

    StallGuard(InputStream stream, Duration timeout) {
        watcher = Thread.ofVirtual().start(() -> watch(stream, timeout));
    }

    void passed(int count) {
        bytes.addAndGet(count);
    }

    private void watch(InputStream stream, Duration timeout) {
        try {
            long seen = -1;
            while (seen != bytes.get()) {
                seen = bytes.get();
                Thread.sleep(timeout);
            }
            stream.close();
        } catch (InterruptedException | IOException finished) {
            // The reader has finished or the stream is broken: there is nothing left to watch.
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
