package tramontane.grammar.automaton;

import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The work that reading the schemas of one request may take, counted in steps. A step is about one
 * cell of a transition table, one pair of alternatives or one character.
 *
 * <p>Steps bound the time. They also bound the memory, because everything that is kept took steps
 * to make. Steps are counted and not timed, so that a schema is accepted or refused alike on every
 * machine. A result that is cached across schemas costs each of them the same, whether it was
 * cached or not.
 *
 * <p>The operations on automata are called from all parts of the grammar packages, so they find the
 * budget of the current thread through a scoped value. Without one, nothing is counted. Not
 * thread-safe.
 */
public final class WorkBudget {
    /**
     * Steps of one request, all its schemas together: less than a second on one core. Of 5,617 real
     * schemas, the largest that is enforced takes 4.3 million steps, the median 2,000.
     */
    public static final long MAX_STEPS_PER_REQUEST = 30_000_000;

    private static final ScopedValue<WorkBudget> CURRENT = ScopedValue.newInstance();

    private final long max;
    private long spent;

    /** Steps already charged for objects that may be shared with other schemas. */
    private final Map<Object, Long> paid = new IdentityHashMap<>();

    public WorkBudget(long max) {
        this.max = max;
    }

    /** A new budget for the schemas of one request. */
    public static WorkBudget forRequest() {
        return new WorkBudget(MAX_STEPS_PER_REQUEST);
    }

    /** Runs {@code task} on this thread and charges its steps to this budget. */
    public <T> T counting(Supplier<T> task) {
        return ScopedValue.where(CURRENT, this).call(task::get);
    }

    /**
     * Runs {@code task} without counting, for results that are kept as long as the program runs.
     */
    public static <T> T uncounted(Supplier<T> task) {
        return ScopedValue.where(CURRENT, new WorkBudget(Long.MAX_VALUE)).call(task::get);
    }

    /** The steps spent so far. */
    public long spent() {
        return spent;
    }

    /** True when a schema was refused because the budget was exceeded. */
    public boolean isExhausted() {
        return spent > max;
    }

    /** A budget for a first attempt: {@code steps}, or what is left here if that is less. */
    public WorkBudget upTo(long steps) {
        return new WorkBudget(Math.min(steps, max - spent));
    }

    /** Adds the steps that another budget counted. */
    public void add(WorkBudget other) {
        spent += other.spent;
    }

    /**
     * Charges steps to the budget of the current thread.
     *
     * @throws WorkLimitException if the budget is exceeded
     */
    public static void spend(long steps) {
        if (CURRENT.isBound()) {
            CURRENT.get().add(steps);
        }
    }

    /** Charges the steps of a shared object, minus those already charged for it. */
    static void spendOnce(Object shared, long steps) {
        if (CURRENT.isBound()) {
            WorkBudget work = CURRENT.get();
            long before = work.paid.getOrDefault(shared, 0L);
            if (steps > before) {
                work.paid.put(shared, steps);
                work.add(steps - before);
            }
        }
    }

    private void add(long steps) {
        spent += steps;
        if (spent > max) {
            throw new WorkLimitException();
        }
    }

    /** The steps left in the budget of the current thread. */
    public static long left() {
        return CURRENT.isBound() ? CURRENT.get().max - CURRENT.get().spent : Long.MAX_VALUE;
    }
}
