package tramontane.grammar.pattern;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tramontane.grammar.automaton.LongList;
import tramontane.grammar.automaton.StateTable;

/**
 * Makes an {@link Nfa} with assertions deterministic, by the subset construction (Rabin and Scott,
 * 1959). A state of the result is a context and a set of threads, as in the simulation of Thompson
 * (1968).
 *
 * <pre>
 * thread   [ node : 32 | obligations : 32 ]
 * </pre>
 *
 * A thread is dropped if another thread at the same node has a subset of its obligations. A thread
 * that has reached the match without obligations accepts every continuation.
 */
final class Determinizer {
    private final PatternCompiler pattern;
    private final Nfa nfa;
    private final Obligations obligations;
    private final boolean endsAtMatch;
    private final StateTable.Rows rows;
    private final int classes;

    /** States by the threads before the epsilon closure, and by the threads after it. */
    private final Map<Threads, Integer> byArrival = new HashMap<>();

    private final Map<Threads, Integer> byClosure = new HashMap<>();
    private final List<Threads> states = new ArrayList<>();
    private final LongList stack = new LongList();
    private final LongList taking = new LongList();
    private final int[] visited;
    private int visit;
    private int everything = -1;

    /** Result of the last closure: accepts at the end of the text; accepts every continuation. */
    private boolean accepts;

    private boolean acceptsAll;

    private record Threads(long[] threads, int context) {
        @Override
        public boolean equals(Object o) {
            return o instanceof Threads other
                    && context == other.context
                    && Arrays.equals(threads, other.threads);
        }

        @Override
        public int hashCode() {
            return 31 * Arrays.hashCode(threads) + context;
        }
    }

    private Determinizer(PatternCompiler pattern, boolean endsAtMatch) {
        this.pattern = pattern;
        this.nfa = pattern.nfa();
        this.obligations = pattern.obligations();
        this.endsAtMatch = endsAtMatch;
        this.classes = pattern.classes().count();
        this.rows = new StateTable.Rows(pattern.classes());
        this.visited = new int[nfa.size()];
    }

    /**
     * @param endsAtMatch true to accept only texts that end with a match
     */
    static StateTable run(PatternCompiler pattern, int entry, int context, boolean endsAtMatch) {
        Determinizer d = new Determinizer(pattern, endsAtMatch);
        d.stateOf(new Threads(new long[] {thread(entry, Obligations.NONE)}, context));
        for (int s = 0; s < d.states.size(); s++) {
            d.fill(s);
        }
        return d.rows.toTable();
    }

    private static long thread(int node, int obligation) {
        return (long) node << 32 | obligation;
    }

    private int stateOf(Threads arrived) {
        Integer known = byArrival.get(arrived);
        if (known == null) {
            known = stateOfClosure(arrived);
            byArrival.put(arrived, known);
        }
        return known;
    }

    private int stateOfClosure(Threads arrived) {
        close(arrived);
        if (acceptsAll) {
            return everything();
        }
        if (taking.size() == 0 && !accepts && rows.states() > 0) {
            return StateTable.DEAD;
        }
        long[] threads = dropCovered(taking.sortedDistinct());
        // Acceptance distinguishes states, so it is part of the key: -1 for accepting.
        long[] key = Arrays.copyOf(threads, threads.length + 1);
        key[threads.length] = accepts ? -1 : -2;
        boolean accepting = accepts;
        return byClosure.computeIfAbsent(
                new Threads(key, arrived.context()),
                k -> {
                    states.add(new Threads(threads, arrived.context()));
                    return rows.add(accepting);
                });
    }

    private int everything() {
        if (everything < 0) {
            states.add(new Threads(new long[0], 0));
            everything = rows.add(true);
            rows.setAll(everything, everything);
        }
        return everything;
    }

    private long[] dropCovered(long[] threads) {
        int size = 0;
        for (int i = 0; i < threads.length; i++) {
            if (!isCovered(threads, i)) {
                threads[size++] = threads[i];
            }
        }
        return size == threads.length ? threads : Arrays.copyOf(threads, size);
    }

    /** True when an earlier thread at the same node has a subset of this thread's obligations. */
    private boolean isCovered(long[] threads, int at) {
        int node = (int) (threads[at] >> 32);
        for (int i = at - 1; i >= 0 && (int) (threads[i] >> 32) == node; i--) {
            pattern.spend(1);
            if (obligations.covers((int) threads[at], (int) threads[i])) {
                return true;
            }
        }
        return false;
    }

    private void fill(int state) {
        Threads from = states.get(state);
        LongList[] arrivals = new LongList[classes];
        for (long thread : from.threads()) {
            int node = (int) (thread >> 32);
            int obligation = (int) thread;
            if (nfa.kind(node) == Nfa.Kind.MATCH) {
                for (int c = 0; c < classes; c++) {
                    arrive(arrivals, c, node, obligation);
                }
            } else {
                for (int c : pattern.members(nfa.data(node))) {
                    arrive(arrivals, c, nfa.next(node), obligation);
                }
            }
        }
        for (int c = 0; c < classes; c++) {
            if (arrivals[c] != null) {
                int context = pattern.contexts().next(from.context(), c, classes);
                Threads arrived = new Threads(arrivals[c].sortedDistinct(), context);
                rows.set(state, c, stateOf(arrived));
            }
        }
    }

    private void arrive(LongList[] arrivals, int charClass, int node, int obligation) {
        pattern.spend(1);
        int after = obligations.next(obligation, charClass);
        if (after == Obligations.BROKEN) {
            return;
        }
        if (arrivals[charClass] == null) {
            arrivals[charClass] = new LongList();
        }
        arrivals[charClass].add(thread(node, after));
    }

    /**
     * Computes the epsilon closure. Leaves the threads that read a character in {@link #taking}.
     */
    private void close(Threads arrived) {
        taking.clear();
        stack.clear();
        accepts = false;
        acceptsAll = false;
        visit++;
        Set<Long> visitedOwing = new HashSet<>();
        for (long thread : arrived.threads()) {
            stack.add(thread);
        }
        while (stack.size() > 0 && !acceptsAll) {
            long thread = stack.removeLast();
            int node = (int) (thread >> 32);
            int obligation = (int) thread;
            pattern.spend(1);
            if (obligation == Obligations.NONE) {
                if (visited[node] == visit) {
                    continue;
                }
                visited[node] = visit;
            } else if (!visitedOwing.add(thread)) {
                continue;
            }
            follow(node, obligation, arrived.context());
        }
    }

    private void follow(int node, int obligation, int context) {
        switch (nfa.kind(node)) {
            case CHARS -> {
                if (!obligations.wantsEnd(obligation)) {
                    taking.add(thread(node, obligation));
                }
            }
            case SPLIT -> {
                stack.add(thread(nfa.data(node), obligation));
                stack.add(thread(nfa.next(node), obligation));
            }
            case BEGIN -> {
                if (pattern.contexts().isEmpty(context)) {
                    stack.add(thread(nfa.next(node), obligation));
                }
            }
            case END -> push(nfa.next(node), obligations.withEnd(obligation));
            case WORD_EDGE ->
                    push(
                            nfa.next(node),
                            pattern.afterWordEdge(obligation, context, nfa.data(node) == 1));
            case LOOK ->
                    push(nfa.next(node), pattern.afterLook(obligation, context, nfa.data(node)));
            case MATCH -> match(node, obligation);
        }
    }

    private void push(int node, int obligation) {
        if (obligation != Obligations.BROKEN) {
            stack.add(thread(node, obligation));
        }
    }

    private void match(int node, int obligation) {
        if (endsAtMatch) {
            accepts = true;
        } else if (obligation == Obligations.NONE) {
            acceptsAll = true;
        } else {
            accepts |= obligations.acceptEnd(obligation);
            if (!obligations.wantsEnd(obligation)) {
                taking.add(thread(node, obligation));
            }
        }
    }
}
