package tramontane.endpoint;

import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Counts the open requests, which a shutdown waits for, and those being answered, whose number is
 * limited. A request whose body is still arriving is not being answered, so incomplete bodies do
 * not block other clients.
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

    /** Admits a request unless the server is shutting down; {@link #leave} ends it. */
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

    /** Starts an answer if the limit allows it; {@link #endAnswer} ends it. */
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
     * Admits no more requests, and waits for the open ones; false if some remain after the timeout.
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
