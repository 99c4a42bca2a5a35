package tramontane.grammar.regex;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Reads JavaScript's regular expressions. */
public final class EcmaPattern {
    /** What the automata kept may hold together, as cells of their tables. */
    private static final long KEPT_CELLS = 4_000_000;

    private static final int COST_OF_ENTRY = 64;

    private static final Map<String, Outcome> KEPT = new LinkedHashMap<>(64, 0.75f, true);
    private static long keptCells;

    private EcmaPattern() {}

    /** What became of a pattern, so that a refusal need not be found twice. */
    private sealed interface Outcome {
        /** Steps it took to find out. */
        long steps();

        record Compiled(Automaton automaton, long steps) implements Outcome {}

        record Refused(Supplier<RuntimeException> reason, long steps) implements Outcome {}
    }

    /**
     * The strings in which the pattern is found, as {@code new RegExp(pattern, "u").test(s)} says;
     * anywhere in them unless it says {@code ^} or {@code $}.
     *
     * @throws PatternException if it is malformed or asks for what no automaton can
     * @throws TooComplexException if its automaton is beyond the limits
     */
    public static Automaton search(String pattern) {
        Outcome outcome = kept(pattern);
        Work.spend(outcome.steps());
        return switch (outcome) {
            case Outcome.Compiled c -> c.automaton();
            case Outcome.Refused r -> throw r.reason().get();
        };
    }

    private static Outcome kept(String pattern) {
        synchronized (KEPT) {
            Outcome outcome = KEPT.get(pattern);
            if (outcome != null) {
                return outcome;
            }
        }
        Outcome outcome = compile(pattern);
        keep(pattern, outcome);
        return outcome;
    }

    private static Outcome compile(String pattern) {
        Work work = new Work(Work.left());
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
        }
    }

    private static void keep(String pattern, Outcome outcome) {
        synchronized (KEPT) {
            if (KEPT.put(pattern, outcome) == null) {
                keptCells += cost(pattern, outcome);
            }
            var oldest = KEPT.entrySet().iterator();
            while (keptCells > KEPT_CELLS && oldest.hasNext()) {
                var entry = oldest.next();
                keptCells -= cost(entry.getKey(), entry.getValue());
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
