package tramontane.ledger;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The rows that wait to be written, and whether they can be. Threads of requests add; the ledger's
 * thread takes rows from the head and removes them when they are committed. All fields are guarded
 * by the lock, which is held for a few instructions.
 */
final class RowQueue {
    private final int maxRows;
    private final long maxTextBytes;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final Deque<LedgerRow> rows = new ArrayDeque<>();
    private long textBytes;
    private long added;
    private long removed;
    private long dropped;
    private Optional<String> trouble = Optional.empty();
    private Optional<String> ending = Optional.empty();
    private boolean off;
    private boolean closed;
    private boolean woken;

    /** How many rows, of all that were added, are in the database or in the reserve. */
    private long safe;

    /** True while rows get into the reserve, so that it makes sense to wait for that. */
    private boolean keeping;

    RowQueue(int maxRows, long maxTextBytes) {
        this.maxRows = maxRows;
        this.maxTextBytes = maxTextBytes;
    }

    boolean isFull() {
        lock.lock();
        try {
            return !off && (rows.size() >= maxRows || textBytes >= maxTextBytes);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Adds a row; returns the number of rows that must have been removed for it to be written.
     *
     * @param beyondLimit whether to add it also to a full queue; otherwise it is dropped
     */
    long add(LedgerRow row, boolean beyondLimit) {
        lock.lock();
        try {
            if (off || closed) {
                return 0;
            }
            if (!beyondLimit && (rows.size() >= maxRows || textBytes >= maxTextBytes)) {
                dropped++;
                return 0;
            }
            rows.addLast(row);
            textBytes += row.textBytes();
            changed.signalAll();
            return ++added;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits until so many rows have been removed, or kept elsewhere; false after the timeout, which
     * counts as a failure of the database. Does not wait while the database cannot be written and
     * rows cannot be kept.
     */
    boolean awaitRemoved(long count, Duration timeout) throws InterruptedException {
        lock.lock();
        try {
            long left = timeout.toNanos();
            while (safe < count && (trouble.isEmpty() || keeping) && !off) {
                if (left <= 0) {
                    keeping = false;
                    trouble =
                            Optional.of(
                                    "a commit took longer than "
                                            + timeout.toSeconds()
                                            + " s: another program may have locked the database");
                    changed.signalAll();
                    return false;
                }
                left = changed.awaitNanos(left);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Waits for rows, {@link #wake} or {@link #close}; returns rows from the head, which stay in
     * the queue.
     */
    List<LedgerRow> head(int max) throws InterruptedException {
        lock.lock();
        try {
            while (rows.isEmpty() && !closed && !woken) {
                changed.await();
            }
            woken = false;
            return rows.stream().limit(max).toList();
        } finally {
            lock.unlock();
        }
    }

    /** Removes rows from the head. */
    void remove(int count) {
        lock.lock();
        try {
            for (int i = 0; i < count; i++) {
                textBytes -= rows.removeFirst().textBytes();
            }
            removed += count;
            safe = Math.max(safe, removed);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The rows after so many from the head. */
    List<LedgerRow> after(int count) {
        lock.lock();
        try {
            return rows.stream().skip(count).toList();
        } finally {
            lock.unlock();
        }
    }

    /**
     * So many rows from the head are in the reserve.
     *
     * @param more true if it has room for others
     */
    void keeps(int count, boolean more) {
        lock.lock();
        try {
            safe = Math.max(safe, removed + count);
            keeping = more;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    void wake() {
        lock.lock();
        try {
            woken = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The database cannot be written; nobody waits for it any more. */
    void fails(String reason) {
        lock.lock();
        try {
            trouble = Optional.of(reason);
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** The database can be written again; returns the number of rows that were dropped. */
    long works() {
        lock.lock();
        try {
            trouble = Optional.empty();
            keeping = false;
            long count = dropped;
            dropped = 0;
            return count;
        } finally {
            lock.unlock();
        }
    }

    /** Why rows cannot be written at present. */
    Optional<String> trouble() {
        lock.lock();
        try {
            return trouble;
        } finally {
            lock.unlock();
        }
    }

    /** The ledger's thread ends although rows are left. */
    void ends(String why) {
        lock.lock();
        try {
            ending = Optional.of(why);
        } finally {
            lock.unlock();
        }
    }

    /** What became of rows that could not be written until the end. */
    Optional<String> ending() {
        lock.lock();
        try {
            return ending;
        } finally {
            lock.unlock();
        }
    }

    /** No rows are kept from now on. */
    void turnOff() {
        lock.lock();
        try {
            off = true;
            rows.clear();
            textBytes = 0;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** No rows are added from now on. */
    void close() {
        lock.lock();
        try {
            closed = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    boolean isClosed() {
        lock.lock();
        try {
            return closed;
        } finally {
            lock.unlock();
        }
    }

    int size() {
        lock.lock();
        try {
            return rows.size();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sleeps until the time is over, the queue is closed, or more than so many rows wait.
     *
     * @return the nanoseconds that are left; none if the queue is closed
     */
    long pause(long nanos, int known) throws InterruptedException {
        lock.lock();
        try {
            long left = nanos;
            while (!closed && left > 0 && rows.size() <= known) {
                left = changed.awaitNanos(left);
            }
            return closed ? 0 : left;
        } finally {
            lock.unlock();
        }
    }
}
