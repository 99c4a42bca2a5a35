package tramontane.endpoint;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts the requests inside, which a shutdown waits for, and those of them that are being
 * answered, of which there may be so many. A request whose body is still arriving is not being
 * answered: so bodies that never arrive keep nobody out.
 */
public final class InFlight {
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition idle = lock.newCondition();
    private final int most;
    private int count;
    private int answering;
    private boolean draining;

    public InFlight(int most) {
        this.most = most;
    }

    /** Lets a request in, unless the server is shutting down; {@link #leave} ends it. */
    boolean enter() {
        lock.lock();
        try {
            if (draining) {
                return false;
            }
            count++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes a place for an answer, if there is one; {@link #endAnswer} gives it back. */
    boolean beginAnswer() {
        lock.lock();
        try {
            if (answering == most) {
                return false;
            }
            answering++;
            return true;
        } finally {
            lock.unlock();
        }
    }

    void endAnswer() {
        lock.lock();
        try {
            answering--;
        } finally {
            lock.unlock();
        }
    }

    void leave() {
        lock.lock();
        try {
            count--;
            if (count == 0) {
                idle.signalAll();
            }
        } finally {
            lock.unlock();
        }
    }

    boolean isDraining() {
        lock.lock();
        try {
            return draining;
        } finally {
            lock.unlock();
        }
    }

    public int count() {
        lock.lock();
        try {
            return count;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Lets nobody in any more and waits for those inside; false if some are left when the time is
     * over.
     */
    public boolean drain(Duration timeout) throws InterruptedException {
        long left = timeout.toNanos();
        lock.lock();
        try {
            draining = true;
            while (count > 0 && left > 0) {
                left = idle.awaitNanos(left);
            }
            return count == 0;
        } finally {
            lock.unlock();
        }
    }
}
