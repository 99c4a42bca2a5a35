package tramontane.engine;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * Sequences that wait to run. Of several callers, the one with the fewest running sequences is
 * next; equals take turns. Within one caller, it is the sequence with the fewest tokens to compute
 * of those that have a share of the step (see {@link PromptShares}). The one that came first is
 * overtaken at most {@value #OVERTAKEN_MAX} times in a row once it has a share. Engine thread only.
 */
final class WaitingLine {
    private static final int OVERTAKEN_MAX = PromptShares.OLDEST_ONE_IN - 1;

    private static final Comparator<Sequence> SHORTEST_WITH_SHARE =
            Comparator.<Sequence, Boolean>comparing(sequence -> sequence.share == 0)
                    .thenComparingInt(Sequence::gap);

    private static final class Line {
        final TreeSet<Sequence> byArrival = new TreeSet<>(Sequence.ARRIVAL);

        /** How many began since the first of the line came or began. */
        int overtaken;

        Sequence next() {
            Sequence oldest = byArrival.first();
            return overtaken >= OVERTAKEN_MAX && oldest.share > 0
                    ? oldest
                    : byArrival.stream().min(SHORTEST_WITH_SHARE).orElseThrow();
        }

        void remove(Sequence sequence) {
            overtaken = sequence == byArrival.first() ? 0 : overtaken + 1;
            byArrival.remove(sequence);
        }
    }

    // In the order of turns: a caller who was served goes to the end.
    private final Map<String, Line> lines = new LinkedHashMap<>();

    boolean isEmpty() {
        return lines.isEmpty();
    }

    void add(Sequence sequence) {
        lines.computeIfAbsent(sequence.caller(), caller -> new Line()).byArrival.add(sequence);
    }

    List<Sequence> all() {
        return lines.values().stream().flatMap(line -> line.byArrival.stream()).toList();
    }

    /**
     * The sequence whose turn it is.
     *
     * @param running how many sequences of a caller run
     * @param mayGo whether a sequence may begin now
     */
    Optional<Sequence> first(ToIntFunction<String> running, Predicate<Sequence> mayGo) {
        Optional<Sequence> first = Optional.empty();
        int fewest = Integer.MAX_VALUE;
        for (Line line : lines.values()) {
            Sequence next = line.next();
            int count = mayGo.test(next) ? running.applyAsInt(next.caller()) : fewest;
            if (count < fewest) {
                fewest = count;
                first = Optional.of(next);
            }
        }
        return first;
    }

    /** Takes out what {@link #first} gave, and ends its caller's turn. */
    void remove(Sequence sequence) {
        Line line = Objects.requireNonNull(lines.remove(sequence.caller()), "no such caller waits");
        line.remove(sequence);
        if (!line.byArrival.isEmpty()) {
            lines.put(sequence.caller(), line);
        }
    }

    /** Takes out all that need not run any more. */
    List<Sequence> removeStopped() {
        return removeIf(Sequence::isStopped);
    }

    List<Sequence> removeAll() {
        return removeIf(sequence -> true);
    }

    private List<Sequence> removeIf(Predicate<Sequence> leaves) {
        List<Sequence> removed = new ArrayList<>();
        Iterator<Line> all = lines.values().iterator();
        while (all.hasNext()) {
            Line line = all.next();
            line.byArrival.removeIf(sequence -> leaves.test(sequence) && removed.add(sequence));
            if (line.byArrival.isEmpty()) {
                all.remove();
            }
        }
        return removed;
    }
}
