package tramontane.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * Sequences that wait to run: first come first served within a caller; of several callers it is the
 * turn of the one who has the fewest running, and of equals they take turns. Engine thread only.
 */
final class WaitingLine {
    // In the order of turns: a caller who was served goes to the end.
    private final Map<String, Deque<Sequence>> lines = new LinkedHashMap<>();

    boolean isEmpty() {
        return lines.isEmpty();
    }

    Set<String> callers() {
        return lines.keySet();
    }

    void addLast(Sequence sequence) {
        line(sequence).addLast(sequence);
    }

    /** For sequences that have run already, or whose siblings run. */
    void addFirst(Sequence sequence) {
        line(sequence).addFirst(sequence);
    }

    /**
     * Whose turn it is.
     *
     * @param running how many sequences of a caller run
     * @param mayGo callers who may begin one now
     */
    Optional<Sequence> first(ToIntFunction<String> running, Predicate<String> mayGo) {
        Optional<Sequence> first = Optional.empty();
        int fewest = Integer.MAX_VALUE;
        for (var line : lines.entrySet()) {
            int count = mayGo.test(line.getKey()) ? running.applyAsInt(line.getKey()) : fewest;
            if (count < fewest) {
                fewest = count;
                first = Optional.of(line.getValue().getFirst());
            }
        }
        return first;
    }

    /** Takes out what {@link #first} gave, and ends its caller's turn. */
    void remove(Sequence sequence) {
        Deque<Sequence> line = line(sequence);
        Sequence removed = line.removeFirst();
        assert removed == sequence : "another was first";
        lines.remove(sequence.caller());
        if (!line.isEmpty()) {
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
        Iterator<Deque<Sequence>> all = lines.values().iterator();
        while (all.hasNext()) {
            Deque<Sequence> line = all.next();
            line.removeIf(sequence -> leaves.test(sequence) && removed.add(sequence));
            if (line.isEmpty()) {
                all.remove();
            }
        }
        return removed;
    }

    private Deque<Sequence> line(Sequence sequence) {
        return lines.computeIfAbsent(sequence.caller(), caller -> new ArrayDeque<>());
    }
}
