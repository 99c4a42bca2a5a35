package tramontane.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.management.ManagementFactory;
import java.util.HashSet;
import java.util.Set;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;

class WorkersTest {
    private static final int MAX_WAITS = 20_000;
    private static final long WAIT_NANOS = 1_000_000;

    @Test
    void everyTaskRunsExactlyOnceOverThousandsOfRuns() {
        for (int threads : new int[] {1, 2, 3, 8}) {
            try (Workers workers = new Workers(threads)) {
                AtomicIntegerArray runs = new AtomicIntegerArray(97);
                int[] expected = new int[97];
                for (int round = 0; round < 5000; round++) {
                    int count = round % 98;
                    workers.run(count, (task, worker) -> runs.incrementAndGet(task));
                    for (int task = 0; task < count; task++) {
                        expected[task]++;
                        if (runs.get(task) != expected[task]) {
                            assertThat(runs.get(task))
                                    .as("round %d task %d", round, task)
                                    .isEqualTo(expected[task]);
                        }
                    }
                }
                for (int task = 0; task < 97; task++) {
                    assertThat(runs.get(task)).isEqualTo(expected[task]);
                }
            }
        }
    }

    @Test
    void writesOfTasksAreVisibleToTheCallerAndToLaterTasks() {
        try (Workers workers = new Workers(3)) {
            int[] values = new int[64];
            for (int round = 0; round < 3000; round++) {
                workers.run(64, (task, worker) -> values[task]++);
            }
            assertThat(values).containsOnly(3000);
        }
    }

    /** Ends without the condition after some time, so that a broken test does not wait for ever. */
    private static void await(BooleanSupplier condition) {
        for (int i = 0; i < MAX_WAITS && !condition.getAsBoolean(); i++) {
            LockSupport.parkNanos(WAIT_NANOS);
        }
    }

    @Test
    void aThreadThatWaitsDoesTheWorkAhead() {
        try (Workers workers = new Workers(2)) {
            AtomicIntegerArray done = new AtomicIntegerArray(2);
            workers.ahead((worker, piece) -> {
                boolean any = piece < 5;
                done.addAndGet(worker, any ? 1 : 0);
                return any;
            });
            for (int busy = 0; busy < 2; busy++) {
                int other = 1 - busy;
                int working = busy;
                AtomicInteger inside = new AtomicInteger();
                workers.run(
                        2,
                        (_, worker) -> {
                            inside.incrementAndGet();
                            await(() -> inside.get() == 2);
                            if (worker == working) {
                                await(() -> done.get(other) == 5);
                            }
                        });
            }
            assertThat(done.get(0)).isEqualTo(5);
            assertThat(done.get(1)).isEqualTo(5);
        }
    }

    @Test
    void noTwoThreadsShareAWorkerNumber() {
        try (Workers workers = new Workers(4)) {
            AtomicIntegerArray inside = new AtomicIntegerArray(4);
            AtomicInteger collisions = new AtomicInteger();
            for (int round = 0; round < 500; round++) {
                workers.run(
                        40,
                        (task, worker) -> {
                            if (inside.incrementAndGet(worker) != 1) {
                                collisions.incrementAndGet();
                            }
                            Thread.onSpinWait();
                            inside.decrementAndGet(worker);
                        });
            }
            assertThat(collisions.get()).isZero();
        }
    }

    @Test
    void anExceptionReachesTheCallerAndTheNextRunWorks() {
        try (Workers workers = new Workers(2)) {
            for (int round = 0; round < 200; round++) {
                IllegalArgumentException thrown = new IllegalArgumentException("round " + round);
                int bad = round % 50;
                assertThatThrownBy(() ->
                                workers.run(
                                        50,
                                        (task, worker) -> {
                                            if (task == bad) {
                                                throw thrown;
                                            }
                                        }))
                        .isSameAs(thrown);
                AtomicInteger done = new AtomicInteger();
                workers.run(50, (task, worker) -> done.incrementAndGet());
                assertThat(done.get()).isEqualTo(50);
            }
        }
    }

    @Test
    void aRunInsideARunIsRefused() {
        try (Workers workers = new Workers(1)) {
            assertThatThrownBy(() ->
                            workers.run(1, (task, worker) -> workers.run(1, (inner, same) -> {})))
                    .isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void idleWorkersUseNoProcessorTime() throws InterruptedException {
        Set<Thread> others = workerThreads();
        try (Workers workers = new Workers(3)) {
            workers.run(8, (task, worker) -> {});
            Set<Thread> threads = workerThreads();
            threads.removeAll(others);
            while (threads.stream().anyMatch(thread -> thread.getState() != Thread.State.WAITING)) {
                Thread.sleep(1);
            }
            long before = cpuNanos(threads);
            Thread.sleep(300);
            assertThat(cpuNanos(threads) - before).isLessThan(3_000_000);
        }
    }

    @Test
    void parkedWorkersWakeUpForTheNextRun() throws InterruptedException {
        try (Workers workers = new Workers(2)) {
            for (int round = 0; round < 20; round++) {
                Thread.sleep(2);
                AtomicIntegerArray tasks = new AtomicIntegerArray(2);
                // Neither task ends before both have started, so two threads are needed.
                workers.run(
                        2,
                        (task, worker) -> {
                            tasks.incrementAndGet(task);
                            while (tasks.get(1 - task) == 0) {
                                Thread.onSpinWait();
                            }
                        });
            }
        }
    }

    @Test
    void aRunAllocatesNothing() {
        var bean = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        try (Workers workers = new Workers(2)) {
            Workers.Task body = (task, worker) -> {};
            for (int round = 0; round < 20_000; round++) {
                workers.run(4, body);
            }
            long thread = Thread.currentThread().threadId();
            long before = bean.getThreadAllocatedBytes(thread);
            for (int round = 0; round < 1000; round++) {
                workers.run(4, body);
            }
            assertThat(bean.getThreadAllocatedBytes(thread) - before).isLessThan(1000);
        }
    }

    @Test
    void closeEndsTheThreadsAndForbidsRuns() {
        // Other tests of this process may have workers of their own.
        Set<Thread> others = workerThreads();
        Workers workers = new Workers(4);
        workers.run(4, (task, worker) -> {});
        Set<Thread> threads = workerThreads();
        threads.removeAll(others);
        assertThat(threads).hasSize(3);
        workers.close();
        assertThat(threads).noneMatch(Thread::isAlive);
        assertThatThrownBy(() -> workers.run(1, (task, worker) -> {}))
                .hasMessage("the workers are closed");
    }

    private static Set<Thread> workerThreads() {
        Set<Thread> threads = new HashSet<>();
        for (Thread thread : Thread.getAllStackTraces().keySet()) {
            if (thread.getName().startsWith("tramontane-worker-")) {
                threads.add(thread);
            }
        }
        return threads;
    }

    private static long cpuNanos(Set<Thread> threads) {
        return threads.stream()
                .mapToLong(thread ->
                        ManagementFactory.getThreadMXBean().getThreadCpuTime(thread.threadId()))
                .sum();
    }
}
