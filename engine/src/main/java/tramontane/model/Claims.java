package tramontane.model;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Hands out the slices of a run so that a worker knows before the run which one it computes first:
 * slice {@code w} for worker {@code w}, its home. So it can read that slice's weights ahead. The
 * others are taken in order, and at the end the homes of workers that have not come.
 *
 * <pre>
 * slices  | home of 0 | home of 1 | next ......................... |
 * </pre>
 */
final class Claims {
    /** Elements from one worker's flag to the next, so that they do not share a cache line. */
    private static final int SPACING = 16;

    private final int threads;
    private final AtomicIntegerArray taken;
    private final AtomicInteger next = new AtomicInteger();
    private int homes;
    private int count;

    Claims(int threads) {
        this.threads = threads;
        taken = new AtomicIntegerArray(threads * SPACING);
    }

    /** Called before a run of {@code count} tasks, each of which calls {@link #take} once. */
    void start(int count) {
        this.count = count;
        homes = Math.min(threads, count);
        for (int home = 0; home < homes; home++) {
            taken.setPlain(home * SPACING, 0);
        }
        next.setPlain(homes);
    }

    /** A slice that nobody else has. */
    int take(int worker) {
        if (worker < homes && takeHome(worker)) {
            return worker;
        }
        int slice = next.getPlain() < count ? next.getAndIncrement() : count;
        if (slice < count) {
            return slice;
        }
        for (int home = 0; home < homes; home++) {
            if (takeHome(home)) {
                return home;
            }
        }
        throw new IllegalStateException("more tasks than slices");
    }

    private boolean takeHome(int worker) {
        int at = worker * SPACING;
        return taken.getPlain(at) == 0 && taken.compareAndSet(at, 0, 1);
    }
}
