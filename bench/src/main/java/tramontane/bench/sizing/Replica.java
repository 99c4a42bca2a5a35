package tramontane.bench.sizing;

import java.util.ArrayDeque;
import java.util.Comparator;
import java.util.PriorityQueue;
import java.util.function.BiConsumer;

/**
 * Continuous batching: each step gives every running answer a token, and computes prompts in the
 * order of their arrival up to a limit. A step that computes the end of a prompt gives the first
 * token. Steps without prompts are alike until an answer ends, so they are one event.
 */
final class Replica {
    private final StepTimes times;
    private final BiConsumer<SimulatedRequest, Double> completed;
    private final ArrayDeque<SimulatedRequest> waiting = new ArrayDeque<>();
    private final ArrayDeque<SimulatedRequest> prompts = new ArrayDeque<>();
    private final PriorityQueue<SimulatedRequest> answers =
            new PriorityQueue<>(
                    Comparator.<SimulatedRequest>comparingLong(each -> each.lastStep)
                            .thenComparingDouble(each -> each.arrival));

    /** Completed steps. */
    private long steps;

    /**
     * Of the event that is under way: its first step's begin, its steps, and their prompt tokens.
     */
    private double begin;

    private long eventSteps;
    private int eventPrompt;
    private double busySeconds;

    /** Tokens written to the cache so far. */
    private long tokens;

    /**
     * @param completed called with each complete request and the time
     */
    Replica(StepTimes times, BiConsumer<SimulatedRequest, Double> completed) {
        this.times = times;
        this.completed = completed;
    }

    long tokens() {
        return tokens;
    }

    /** Time spent in steps until now. */
    double busySeconds(double now) {
        return busySeconds + (eventSteps > 0 ? Math.min(now, end()) - begin : 0);
    }

    private double stepSeconds() {
        return times.seconds(answers.size(), eventPrompt);
    }

    private double end() {
        return begin + eventSteps * stepSeconds();
    }

    /** When something happens next. */
    double next() {
        return eventSteps > 0 ? end() : Double.POSITIVE_INFINITY;
    }

    void add(SimulatedRequest request, double now) {
        waiting.add(request);
        if (eventSteps == 0) {
            plan(now);
        } else if (eventPrompt == 0 && eventSteps > 1) {
            // The step that is under way is the last one without the newcomer.
            long under = (long) Math.floor((now - begin) / stepSeconds()) + 1;
            eventSteps = Math.clamp(under, 1, eventSteps);
        }
    }

    /** Ends the event that is under way, and begins the next one. */
    void advance() {
        double now = end();
        busySeconds += now - begin;
        steps += eventSteps;
        tokens += eventSteps * answers.size() + eventPrompt;
        while (!answers.isEmpty() && answers.element().lastStep <= steps) {
            completed.accept(answers.remove(), now);
        }
        computePrompts(now);
        plan(now);
    }

    private void computePrompts(double now) {
        int left = eventPrompt;
        while (left > 0) {
            SimulatedRequest first = prompts.getFirst();
            int computed = Math.min(left, first.uncomputed);
            first.uncomputed -= computed;
            left -= computed;
            if (first.uncomputed == 0) {
                prompts.removeFirst();
                first.firstToken = now;
                first.lastStep = steps + first.answer - 1;
                if (first.answer == 1) {
                    completed.accept(first, now);
                } else {
                    answers.add(first);
                }
            }
        }
    }

    private void plan(double now) {
        while (!waiting.isEmpty() && prompts.size() + answers.size() < times.sequences()) {
            prompts.add(waiting.remove());
        }
        begin = now;
        eventPrompt = 0;
        for (SimulatedRequest prompt : prompts) {
            eventPrompt += Math.min(prompt.uncomputed, times.promptTokens() - eventPrompt);
            if (eventPrompt == times.promptTokens()) {
                break;
            }
        }
        if (eventPrompt > 0) {
            eventSteps = 1;
        } else {
            eventSteps = answers.isEmpty() ? 0 : answers.element().lastStep - steps;
        }
    }
}
