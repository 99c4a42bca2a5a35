package tramontane.bench;

import java.util.List;

/**
 * The time in which several answers are written at once: from the moment the last one has started
 * to the end of the first one. Before it, prompts are computed; after it, fewer answers are left.
 *
 * <pre>
 * answer 0   | 1 2 3 4 5 6 7 8 |
 * answer 1       | 1 2 3 4 5 6 7 8 |
 *                 start      end      6 steps with a token for each answer
 * </pre>
 *
 * <p>The tokens of a step reach their readers a little before or after the two that mark begin and
 * end. If these tokens were counted by comparing times, each would count as one or as none by
 * chance, which matters where only few steps are left between the two. So a token counts in
 * proportion to the time between it and the one before it.
 *
 * @param start nanoseconds of the clock of all answers
 */
record Overlap(long start, long end) {
    /**
     * When a request was sent, and when the pieces of its answer arrived: tokens or chunks of text,
     * one at least.
     */
    record Arrivals(long asked, long[] pieces) {
        /** How many pieces had arrived by {@code nanos}, in proportion between two of them. */
        private double countAt(long nanos) {
            int count = 0;
            while (count < pieces.length && pieces[count] <= nanos) {
                count++;
            }
            if (count == 0 || count == pieces.length) {
                return count;
            }
            long last = pieces[count - 1];
            return count + (nanos - last) / (double) (pieces[count] - last);
        }

        private long last() {
            return pieces[pieces.length - 1];
        }
    }

    /** Answers that are so short that the first ends before the last has started count wholly. */
    static Overlap of(List<Arrivals> answers) {
        long start = answers.stream().mapToLong(a -> a.pieces[0]).max().orElseThrow();
        long end = answers.stream().mapToLong(Arrivals::last).min().orElseThrow();
        if (end <= start) {
            start = answers.stream().mapToLong(Arrivals::asked).min().orElseThrow();
            end = answers.stream().mapToLong(Arrivals::last).max().orElseThrow();
        }
        return new Overlap(start, end);
    }

    /** How many pieces of an answer belong to this time. */
    double pieces(Arrivals answer) {
        return answer.countAt(end) - answer.countAt(start);
    }

    double seconds() {
        return (end - start) * 1e-9;
    }
}
