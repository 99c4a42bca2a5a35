package tramontane.engine;

import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;

/**
 * The sequences that wait and those that run, and the rules that make them share the engine fairly.
 * It decides three things: who starts next, who is preempted for a waiting sequence, and how many
 * prompt tokens of a step each prompt gets. Engine thread only.
 *
 * <p>Who starts: of several callers, the one with the fewest running sequences; callers with
 * equally many take turns. Of one caller, the sequence with the fewest tokens to compute among
 * those with a share of the step. The oldest one is overtaken at most {@value #MAX_OVERTAKEN} times
 * in a row once it has a share.
 *
 * <p>Shares of a step:
 *
 * <ul>
 *   <li>Callers get equal parts. What a caller does not need is not given to others: the step ends
 *       sooner, and the next one is divided anew.
 *   <li>Of one caller, the prompt with the fewest remaining tokens comes first, so a short prompt
 *       does not wait for a long one.
 *   <li>A quarter of the caller's part is reserved for its oldest prompt, so a long prompt is not
 *       starved by short ones. It is computed by the time the caller has had four times the tokens
 *       of it and of the prompts before it, regardless of what arrives later.
 * </ul>
 */
final class FairQueue {
    /** One token in this many of a caller's part is reserved for its oldest prompt. */
    static final int OLDEST_ONE_IN = 4;

    private static final int MAX_OVERTAKEN = OLDEST_ONE_IN - 1;

    /** A running prompt is preempted only if it is at least this many times longer. */
    private static final int PREEMPT_LONGER = 2;

    private static final Comparator<Sequence> SHORTEST =
            Comparator.comparingInt(Sequence::uncomputed).thenComparing(Sequence.ARRIVAL);

    /** The waiting sequences of one caller. */
    private final class Line {
        final TreeSet<Sequence> byArrival = new TreeSet<>(Sequence.ARRIVAL);

        /** How many have started since the oldest one became the oldest. */
        int overtaken;

        Sequence next() {
            Sequence oldest = byArrival.first();
            return overtaken >= MAX_OVERTAKEN && share(oldest) > 0
                    ? oldest
                    : byArrival.stream().min(shortestWithShare).orElseThrow();
        }

        void remove(Sequence sequence) {
            overtaken = sequence == byArrival.first() ? 0 : overtaken + 1;
            byArrival.remove(sequence);
        }
    }

    /** By caller, in the order of turns: a caller whose sequence has started goes to the end. */
    private final Map<String, Line> lines = new LinkedHashMap<>();

    /** In the order of arrival. */
    private final List<Sequence> running = new ArrayList<>();

    /** Prompt tokens of the step that each prompt may take. */
    private final Map<Sequence, Integer> shares = new HashMap<>();

    private final Comparator<Sequence> shortestWithShare =
            Comparator.<Sequence, Boolean>comparing(sequence -> share(sequence) == 0)
                    .thenComparingInt(Sequence::uncomputed);

    /** The running sequences in the order of arrival. */
    List<Sequence> running() {
        return Collections.unmodifiableList(running);
    }

    List<Sequence> waiting() {
        if (lines.isEmpty()) {
            return List.of();
        }
        return lines.values().stream().flatMap(line -> line.byArrival.stream()).toList();
    }

    boolean isEmpty() {
        return running.isEmpty() && lines.isEmpty();
    }

    boolean hasWaiting() {
        return !lines.isEmpty();
    }

    /** Lets a sequence wait. */
    void enqueue(Sequence sequence) {
        lines.computeIfAbsent(sequence.caller(), caller -> new Line()).byArrival.add(sequence);
    }

    /** Moves a sequence that {@link #next} returned to the running ones and ends the turn. */
    void start(Sequence sequence) {
        Line line = Objects.requireNonNull(lines.remove(sequence.caller()), "no such caller waits");
        line.remove(sequence);
        if (!line.byArrival.isEmpty()) {
            lines.put(sequence.caller(), line);
        }
        int place = running.size();
        while (place > 0 && Sequence.ARRIVAL.compare(running.get(place - 1), sequence) > 0) {
            place--;
        }
        running.add(place, sequence);
    }

    /** Removes a running sequence. */
    void stop(Sequence sequence) {
        running.remove(sequence);
    }

    /** Removes and returns the running sequences that {@code removed} accepts. */
    List<Sequence> removeRunning(Predicate<Sequence> removed) {
        List<Sequence> all = new ArrayList<>();
        for (Sequence sequence : running) {
            if (removed.test(sequence)) {
                all.add(sequence);
            }
        }
        if (!all.isEmpty()) {
            running.removeAll(all);
        }
        return all;
    }

    /** Removes and returns the waiting sequences that {@code removed} accepts. */
    List<Sequence> removeWaiting(Predicate<Sequence> removed) {
        List<Sequence> all = new ArrayList<>();
        Iterator<Line> each = lines.values().iterator();
        while (each.hasNext()) {
            Line line = each.next();
            line.byArrival.removeIf(sequence -> removed.test(sequence) && all.add(sequence));
            if (line.byArrival.isEmpty()) {
                each.remove();
            }
        }
        return all;
    }

    /**
     * The waiting sequence whose turn it is.
     *
     * @param mayStart false for a sequence that cannot start now; its caller is passed over
     */
    Optional<Sequence> next(Predicate<Sequence> mayStart) {
        Optional<Sequence> first = Optional.empty();
        int min = Integer.MAX_VALUE;
        for (Line line : lines.values()) {
            Sequence next = line.next();
            int count = mayStart.test(next) ? runningOf(next.caller()) : min;
            if (count < min) {
                min = count;
                first = Optional.of(next);
            }
        }
        return first;
    }

    /**
     * The running sequence to preempt for {@code waiter}: the youngest of the caller with the most
     * running sequences, if that caller still has no fewer than the caller of {@code waiter}
     * afterwards. Otherwise the longest prompt, if it is much longer than that of {@code waiter}.
     */
    Optional<Sequence> preemptedFor(Sequence waiter) {
        int max = runningOf(waiter.caller()) + 1;
        Optional<Sequence> preempted = Optional.empty();
        Set<String> seen = new HashSet<>();
        for (Sequence sequence : running.reversed()) {
            int count = seen.add(sequence.caller()) ? runningOf(sequence.caller()) : 0;
            if (count > max) {
                max = count;
                preempted = Optional.of(sequence);
            }
        }
        return preempted.or(() -> longestPrompt(waiter));
    }

    /**
     * The longest running prompt except the oldest, which stays so that it is computed some day.
     */
    private Optional<Sequence> longestPrompt(Sequence waiter) {
        return running.stream()
                .filter(sequence -> sequence.computed() < sequence.promptLength())
                .skip(1)
                .filter(sequence -> sequence.uncomputed() >= PREEMPT_LONGER * waiter.uncomputed())
                .max(Comparator.comparingInt(Sequence::uncomputed));
    }

    private int runningOf(String caller) {
        int count = 0;
        for (Sequence sequence : running) {
            count += sequence.caller().equals(caller) ? 1 : 0;
        }
        return count;
    }

    /** The prompt tokens of the step that the last division gave to a sequence. */
    int share(Sequence sequence) {
        return shares.getOrDefault(sequence, 0);
    }

    /**
     * Divides the prompt tokens of a step.
     *
     * @param budget prompt tokens of the step
     * @param prompts that take part; all others have no share
     * @param usable how many of its remaining tokens a prompt could take in one step
     */
    void divide(int budget, List<Sequence> prompts, ToIntFunction<Sequence> usable) {
        shares.clear();
        if (prompts.isEmpty()) {
            return;
        }
        Map<String, List<Sequence>> byCaller = new HashMap<>();
        for (Sequence prompt : prompts) {
            byCaller.computeIfAbsent(prompt.caller(), caller -> new ArrayList<>()).add(prompt);
        }
        int part = Math.ceilDiv(Math.max(0, budget), Math.max(1, byCaller.size()));
        byCaller.values().forEach(ofOne -> divideAmong(ofOne, part, usable));
    }

    /** Divides the part of one caller among its prompts. */
    private void divideAmong(List<Sequence> prompts, int part, ToIntFunction<Sequence> usable) {
        prompts.sort(SHORTEST);
        Sequence oldest = prompts.stream().min(Sequence.ARRIVAL).orElseThrow();
        int reserved = Math.min(usable.applyAsInt(oldest), Math.ceilDiv(part, OLDEST_ONE_IN));
        shares.put(oldest, reserved);
        int remaining = part - reserved;
        for (Sequence prompt : prompts) {
            int more = Math.min(usable.applyAsInt(prompt) - share(prompt), remaining);
            shares.merge(prompt, more, Integer::sum);
            remaining -= more;
        }
    }
}
