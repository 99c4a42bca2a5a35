package tramontane.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Sequences that wait to run: first come first served within a caller, callers in turns. Engine
 * thread only.
 */
final class WaitingLine {
    // In the order of turns: a caller who was served goes to the end.
    private final Map<String, Deque<Sequence>> lines = new LinkedHashMap<>();

    boolean isEmpty() {
        return lines.isEmpty();
    }

    void addLast(Sequence sequence) {
        line(sequence).addLast(sequence);
    }

    /** For sequences that have run already, or whose siblings run. */
    void addFirst(Sequence sequence) {
        line(sequence).addFirst(sequence);
    }

    /** Whose turn it is. */
    Optional<Sequence> first() {
        return lines.values().stream().findFirst().map(Deque::getFirst);
    }

    /** Takes {@link #first}, and ends its caller's turn. */
    Sequence removeFirst() {
        var caller = lines.entrySet().iterator().next();
        Sequence sequence = caller.getValue().removeFirst();
        lines.remove(caller.getKey());
        if (!caller.getValue().isEmpty()) {
            lines.put(caller.getKey(), caller.getValue());
        }
        return sequence;
    }

    /** Takes out all that need not run any more. */
    List<Sequence> removeStopped() {
        List<Sequence> stopped = new ArrayList<>();
        Iterator<Deque<Sequence>> all = lines.values().iterator();
        while (all.hasNext()) {
            Deque<Sequence> line = all.next();
            line.removeIf(sequence -> sequence.isStopped() && stopped.add(sequence));
            if (line.isEmpty()) {
                all.remove();
            }
        }
        return stopped;
    }

    private Deque<Sequence> line(Sequence sequence) {
        return lines.computeIfAbsent(
                sequence.generation.request().owner().caller(), caller -> new ArrayDeque<>());
    }
}
