package tramontane.telemetry;

import java.io.PrintStream;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Formatter;
import java.util.logging.Handler;
import java.util.logging.LogRecord;

/**
 * Writes log lines on a thread of its own, so that a reader of the log that does not keep up stops
 * no request. If {@link #MAX_WAITING} lines wait, further ones are dropped, and the next line says
 * how many.
 */
public final class BackgroundLog extends Handler {
    private static final int MAX_WAITING = 8192;

    /** How long {@link #flush} waits for a reader, in steps. */
    private static final int FLUSH_STEPS = 50;

    private static final long FLUSH_STEP_MILLIS = 20;

    private final BlockingQueue<String> lines = new ArrayBlockingQueue<>(MAX_WAITING);
    private final AtomicLong dropped = new AtomicLong();
    private final PrintStream out;
    private volatile boolean writing;

    public BackgroundLog(PrintStream out, Formatter formatter) {
        this.out = out;
        setFormatter(formatter);
        Thread.ofPlatform().daemon().name("log-writer").start(this::write);
    }

    @Override
    public void publish(LogRecord record) {
        if (isLoggable(record) && !lines.offer(getFormatter().format(record))) {
            dropped.incrementAndGet();
        }
    }

    private void write() {
        try {
            while (true) {
                String line = lines.take();
                writing = true;
                out.print(line);
                long lost = dropped.getAndSet(0);
                if (lost > 0) {
                    LogRecord note =
                            new LogRecord(
                                    java.util.logging.Level.WARNING,
                                    lost
                                            + " log lines were dropped: the log is not read as fast"
                                            + " as it is written");
                    note.setLoggerName(BackgroundLog.class.getName());
                    out.print(getFormatter().format(note));
                }
                if (lines.isEmpty()) {
                    out.flush();
                }
                writing = false;
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Waits until the lines are written, but not long. */
    @Override
    public void flush() {
        try {
            for (int step = 0; step < FLUSH_STEPS && (writing || !lines.isEmpty()); step++) {
                Thread.sleep(FLUSH_STEP_MILLIS);
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        flush();
    }
}
