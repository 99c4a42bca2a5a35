package tramontane.usage;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The changes of one caller's requests, read by one thread. A reader that is too slow gets no more
 * changes: see {@link #isCut}.
 */
public final class Watcher implements AutoCloseable {
    private static final int MAX_WAITING = 256;

    private final BlockingQueue<RequestRecord> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
    private final Consumer<Watcher> atClose;
    private volatile boolean cut;

    Watcher(Consumer<Watcher> atClose) {
        this.atClose = atClose;
    }

    void offer(RequestRecord record) {
        cut |= !waiting.offer(record);
    }

    public Optional<RequestRecord> poll(Duration patience) throws InterruptedException {
        return Optional.ofNullable(waiting.poll(patience.toNanos(), TimeUnit.NANOSECONDS));
    }

    /** Whether changes were lost. */
    public boolean isCut() {
        return cut;
    }

    @Override
    public void close() {
        atClose.accept(this);
    }
}
