package tramontane.grammar.regex;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The work that reading the schemas of one request may take, counted in steps: about one cell of an
 * automaton's table, one pair of alternatives or one character each.
 *
 * <p>Steps bound the time and, because whatever is kept was made in steps, the memory too. They are
 * counted and not timed, so a schema is accepted or refused alike on every machine. What is cached
 * across schemas costs each of them the same, whether it was in the cache or not.
 *
 * <p>The automata's operations are used from everywhere in the grammar. They find the counter of
 * the current thread through a scoped value; where none is bound, nothing is counted. One thread at
 * a time.
 */
public final class Work {
    /**
     * Steps of one request, all its schemas together: less than a second of one core. Of 5,617 real
     * schemas the largest that is enforced takes 4.3 million, half of them 2,000.
     */
    public static final long OF_A_REQUEST = 30_000_000;

    private static final ScopedValue<Work> CURRENT = ScopedValue.newInstance();

    private final long most;
    private long spent;

    /** What has been paid already for things that may be shared with other schemas. */
    private final Map<Object, Long> paid = new IdentityHashMap<>();

    public Work(long most) {
        this.most = most;
    }

    /** A fresh counter for the schemas of one request. */
    public static Work ofRequest() {
        return new Work(OF_A_REQUEST);
    }

    /** Runs {@code task} on this thread and counts its steps here. */
    public <T> T counting(Supplier<T> task) {
        return ScopedValue.where(CURRENT, this).call(task::get);
    }

    /** Runs {@code task} without counting: what it makes is kept for the whole program's life. */
    public static <T> T uncounted(Supplier<T> task) {
        return ScopedValue.where(CURRENT, new Work(Long.MAX_VALUE)).call(task::get);
    }

    /** Steps so far. */
    public long spent() {
        return spent;
    }

    /** Whether a schema was refused because of this counter. */
    public boolean isExhausted() {
        return spent > most;
    }

    /** A counter for a first try: it stops after {@code steps}, or where this one does. */
    public Work upTo(long steps) {
        return new Work(Math.min(steps, most - spent));
    }

    /** Adds what was counted elsewhere. */
    public void add(Work other) {
        spent += other.spent;
    }

    /**
     * Counts steps of the schemas being read on this thread.
     *
     * @throws OverworkedException where they are more than the request may take
     */
    public static void spend(long steps) {
        if (CURRENT.isBound()) {
            CURRENT.get().add(steps);
        }
    }

    /** Steps for {@code shared}, less what this counter has paid for it before. */
    static void spendOnce(Object shared, long steps) {
        if (CURRENT.isBound()) {
            Work work = CURRENT.get();
            long before = work.paid.getOrDefault(shared, 0L);
            if (steps > before) {
                work.paid.put(shared, steps);
                work.add(steps - before);
            }
        }
    }

    private void add(long steps) {
        spent += steps;
        if (spent > most) {
            throw new OverworkedException();
        }
    }

    /** Steps left on this thread's counter. */
    static long left() {
        return CURRENT.isBound() ? CURRENT.get().most - CURRENT.get().spent : Long.MAX_VALUE;
    }
}
