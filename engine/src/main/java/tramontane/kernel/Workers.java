package tramontane.kernel;

import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.concurrent.locks.LockSupport;

/**
 * A parallel {@code for} over a fixed set of threads. The thread that calls {@link #run} is worker
 * 0 and takes tasks like the others. Only one thread at a time may call it.
 *
 * <p>Workers take tasks one by one, so a thread that the system slows down delays a run by one task
 * at most. A run does not wait for workers without a task. A worker without tasks spins for some
 * ten microseconds, the time between two operations of a forward pass, and then parks. An idle
 * engine uses no CPU time.
 *
 * <pre>
 * ticket   | run number, 32 bits | tasks left, 32 bits |   one compare-and-set takes a task
 * </pre>
 *
 * <p>The run number makes the compare-and-set of a slow worker fail in a later run. A worker that
 * has taken a task may read {@code body} and {@code tasks}: the run cannot end, and the fields
 * cannot change, before the task is counted as done.
 */
public final class Workers implements AutoCloseable {
    /**
     * A task of {@link #run}. {@code worker} is the number of the thread, for buffers per thread.
     */
    @FunctionalInterface
    public interface Task {
        void run(int task, int worker);
    }

    /**
     * What threads do while they wait for others or for the next run, a little at a time. It must
     * not change what any task computes.
     */
    @FunctionalInterface
    public interface Ahead {
        Ahead NOTHING = (worker, piece) -> false;

        /** Does one piece of a worker's work; returns false if there is no such piece. */
        boolean run(int worker, int piece);
    }

    // A pause instruction takes 10 to 140 cycles, so this is 10 to 50 microseconds.
    private static final int SPINS = 1000;

    // The counters are far enough apart that no two share a cache line with each other or the array
    // header.
    private static final int TICKET = 16;
    private static final int DONE = 32;
    private static final long LEFT_MASK = 0xffff_ffffL;

    /** How far a thread is with its work ahead. Only that thread uses it. */
    private static final class Progress {
        private Ahead ahead = Ahead.NOTHING;
        private int piece;

        /** Does the next piece; returns false if there is none. */
        boolean advance(Ahead current, int worker) {
            if (ahead != current) {
                ahead = current;
                piece = 0;
            }
            boolean any = piece >= 0 && ahead.run(worker, piece);
            piece = any ? piece + 1 : -1;
            return any;
        }
    }

    private final AtomicLongArray counters = new AtomicLongArray(48);
    private final AtomicReferenceArray<Thread> parked;
    private final AtomicReference<Thread> waitingCaller = new AtomicReference<>();
    private final AtomicReference<Throwable> failure = new AtomicReference<>();
    private final Thread[] threads;
    private Task body = (task, worker) -> {};
    private int tasks;
    private boolean running;
    private volatile boolean closed;
    private volatile Ahead ahead = Ahead.NOTHING;
    private final Progress progress = new Progress();

    /** Starts {@code threads - 1} threads. */
    public Workers(int threads) {
        if (threads < 1) {
            throw new IllegalArgumentException("threads is " + threads + ", at least 1 is needed");
        }
        this.parked = new AtomicReferenceArray<>(threads);
        this.threads = new Thread[threads - 1];
        for (int i = 0; i < this.threads.length; i++) {
            int worker = i + 1;
            this.threads[i] =
                    Thread.ofPlatform()
                            .daemon()
                            .name("tramontane-worker-" + worker)
                            .start(() -> work(worker));
        }
    }

    /**
     * The number of threads that share a run, including its caller. Worker numbers are below it.
     */
    public int threads() {
        return threads.length + 1;
    }

    /**
     * Runs {@code body} for every task from 0 to {@code count - 1} and returns when all are done.
     * If a task throws, the tasks that have not started are skipped, and the first exception is
     * thrown here.
     */
    public void run(int count, Task body) {
        if (closed || running) {
            throw new IllegalStateException(
                    closed ? "the workers are closed" : "a run is in progress");
        }
        if (count <= 0) {
            return;
        }
        running = true;
        try {
            start(count, body);
            takeTasks(0);
            awaitOthers();
        } finally {
            running = false;
        }
        if (failure.get() != null) {
            rethrow(failure.getAndSet(null));
        }
    }

    /** Sets what the threads do from now on while they wait, once each. */
    public void ahead(Ahead ahead) {
        this.ahead = ahead;
    }

    private void start(int count, Task body) {
        this.body = body;
        tasks = count;
        counters.set(DONE, 0);
        long run = (counters.get(TICKET) >>> 32) + 1;
        counters.set(TICKET, run << 32 | count);
        for (int i = 1, helpers = 1; i < parked.length() && helpers < count; i++, helpers++) {
            Thread thread = parked.get(i);
            if (thread != null) {
                LockSupport.unpark(thread);
            }
        }
    }

    private void awaitOthers() {
        for (int spin = 0; counters.get(DONE) < tasks; spin++) {
            if (progress.advance(ahead, 0)) {
                continue;
            }
            if (spin < SPINS) {
                Thread.onSpinWait();
                continue;
            }
            waitingCaller.set(Thread.currentThread());
            if (counters.get(DONE) < tasks) {
                LockSupport.park(this);
            }
            waitingCaller.set(null);
        }
    }

    private void work(int worker) {
        Progress own = new Progress();
        while (!closed) {
            takeTasks(worker);
            awaitRun(worker, own);
        }
    }

    private void awaitRun(int worker, Progress own) {
        for (int spin = 0; spin < SPINS; spin++) {
            if (tasksLeft() || closed) {
                return;
            }
            if (!own.advance(ahead, worker)) {
                Thread.onSpinWait();
            }
        }
        parked.set(worker, Thread.currentThread());
        // The caller first sets the ticket and then reads parked. This thread first sets parked and
        // then reads the ticket. So at least one of the two sees the other's write.
        while (!tasksLeft() && !closed) {
            LockSupport.park(this);
        }
        parked.set(worker, null);
    }

    private boolean tasksLeft() {
        return (counters.get(TICKET) & LEFT_MASK) != 0;
    }

    private void takeTasks(int worker) {
        int done = 0;
        while (true) {
            long ticket = counters.get(TICKET);
            int left = (int) ticket;
            if (left == 0) {
                break;
            }
            if (counters.compareAndSet(TICKET, ticket, ticket - 1)) {
                runTask(tasks - left, worker);
                done++;
            }
        }
        if (done > 0) {
            report(done);
        }
    }

    private void report(int done) {
        if (counters.addAndGet(DONE, done) == tasks) {
            Thread caller = waitingCaller.get();
            if (caller != null) {
                LockSupport.unpark(caller);
            }
        }
    }

    /** Runs a task and keeps what it throws for the caller of the run. */
    private void runTask(int task, int worker) {
        if (failure.get() != null) {
            return;
        }
        try {
            body.run(task, worker);
        } catch (Throwable thrown) {
            failure.compareAndSet(null, thrown);
        }
    }

    private static void rethrow(Throwable thrown) {
        switch (thrown) {
            case RuntimeException exception -> throw exception;
            case Error error -> throw error;
            default -> throw new IllegalStateException(thrown);
        }
    }

    /** Stops the threads and waits for them. */
    @Override
    public void close() {
        closed = true;
        for (Thread thread : threads) {
            LockSupport.unpark(thread);
            joinUninterrupted(thread);
        }
    }

    private static void joinUninterrupted(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
