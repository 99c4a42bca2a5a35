package tramontane.grammar.pattern;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.TooComplexException;
import tramontane.grammar.automaton.WorkBudget;
import tramontane.grammar.automaton.WorkLimitException;

/** Compiles regular expressions of JavaScript (ECMA-262) to automata. Results are cached. */
public final class EcmaPattern {
    /** Upper limit for the cells of all cached automata together. */
    private static final long MAX_CACHED_CELLS = 4_000_000;

    private static final int COST_OF_ENTRY = 64;

    private static final Map<String, Outcome> CACHE = new LinkedHashMap<>(64, 0.75f, true);
    private static long cachedCells;

    private EcmaPattern() {}

    /** The result of compiling a pattern. Refusals are cached, too. */
    private sealed interface Outcome {
        /** The steps that compiling took. */
        long steps();

        record Compiled(Automaton automaton, long steps) implements Outcome {}

        record Refused(Supplier<RuntimeException> reason, long steps) implements Outcome {}
    }

    /**
     * The strings in which the pattern is found, as {@code new RegExp(pattern, "u").test(s)}
     * reports: anywhere in the string unless the pattern contains {@code ^} or {@code $}.
     *
     * @throws PatternException if the pattern is malformed or has a feature that no automaton has
     * @throws TooComplexException if the automaton exceeds the limits
     */
    public static Automaton search(String pattern) {
        Outcome outcome = cached(pattern);
        WorkBudget.spend(outcome.steps());
        return switch (outcome) {
            case Outcome.Compiled c -> c.automaton();
            case Outcome.Refused r -> throw r.reason().get();
        };
    }

    /** Like {@link #search}, but does not cache the result. */
    public static Automaton searchUncached(String pattern) {
        return PatternCompiler.compile(PatternReader.read(pattern));
    }

    private static Outcome cached(String pattern) {
        synchronized (CACHE) {
            Outcome outcome = CACHE.get(pattern);
            if (outcome != null) {
                return outcome;
            }
        }
        Outcome outcome = compile(pattern);
        put(pattern, outcome);
        return outcome;
    }

    private static Outcome compile(String pattern) {
        WorkBudget work = new WorkBudget(WorkBudget.left());
        try {
            Automaton automaton =
                    work.counting(() -> PatternCompiler.compile(PatternReader.read(pattern)));
            return new Outcome.Compiled(automaton, work.spent());
        } catch (PatternException e) {
            String reason = String.valueOf(e.getMessage());
            return new Outcome.Refused(() -> new PatternException(reason), work.spent());
        } catch (TooComplexException e) {
            String reason = String.valueOf(e.getMessage());
            return new Outcome.Refused(() -> new TooComplexException(reason), work.spent());
        } catch (WorkLimitException e) {
            // The counter of the schema has to know that it is the one that is exhausted.
            WorkBudget.spend(work.spent());
            throw e;
        }
    }

    private static void put(String pattern, Outcome outcome) {
        synchronized (CACHE) {
            if (CACHE.put(pattern, outcome) == null) {
                cachedCells += cost(pattern, outcome);
            }
            var oldest = CACHE.entrySet().iterator();
            while (cachedCells > MAX_CACHED_CELLS && oldest.hasNext()) {
                var entry = oldest.next();
                cachedCells -= cost(entry.getKey(), entry.getValue());
                oldest.remove();
            }
        }
    }

    private static long cost(String pattern, Outcome outcome) {
        long cells =
                switch (outcome) {
                    case Outcome.Compiled c -> c.automaton().table().next().length;
                    case Outcome.Refused r -> 0;
                };
        return COST_OF_ENTRY + pattern.length() + cells;
    }
}
