package tramontane.engine;

/**
 * Proposes how an answer may go on: from the caller's prediction, else from an earlier place in the
 * sequence where the same few tokens stood ("prompt lookup", Saxena 2023). A draft is verified
 * exactly, so a bad one costs only time; the number proposed follows what was accepted lately.
 * Engine thread only.
 *
 * <pre>
 * prediction   a b c d e f g h       an edit put other tokens for c and d
 * answer       a b x y e f
 *                        ^ cursor    moves on through the edit, as if tokens were replaced one by one; where
 *                                    more or fewer came, the nearest place with the same three tokens is it
 * </pre>
 */
final class Drafter {
    /** Tokens that must agree before what follows them is proposed. */
    private static final int CONTEXT = 3;

    private static final int MAX_PROPOSED = 16;
    private static final int LOOKUP_START = 3;

    /** Proposed from a prediction whose place is a guess. */
    private static final int GUESSED = 2;

    /** Steps a source that was wrong rests, doubled each time up to a bound. */
    private static final int REST_MAX = 64;

    /** Drafts in a row that may be all wrong before there is a rest: an edit is soon over. */
    private static final int PATIENCE = 4;

    private final int[] prediction;
    private int cursor;

    /** The answer's latest tokens that stand before the cursor, too, up to {@link #CONTEXT}. */
    private int agreed = CONTEXT;

    private int appetite;
    private int failures;
    private int rest;
    private int restNext = 2;

    Drafter(int[] prediction) {
        this.prediction = prediction;
        this.appetite = prediction.length > 0 ? MAX_PROPOSED : LOOKUP_START;
    }

    /** Writes up to {@code most} proposed tokens behind the sequence's end and returns how many. */
    int propose(Sequence sequence, int most) {
        if (rest > 0) {
            rest--;
            return 0;
        }
        int wanted = Math.min(most, appetite);
        if (wanted < 1) {
            return 0;
        }
        if (isPlaced()) {
            return fromPrediction(sequence, wanted);
        }
        int proposed = fromSequence(sequence, wanted);
        return proposed > 0 ? proposed : fromPrediction(sequence, Math.min(GUESSED, wanted));
    }

    private boolean isPlaced() {
        return agreed >= 2 && cursor < prediction.length;
    }

    /** Tells how many of the proposed tokens were right, and which tokens the answer gained. */
    void learn(Sequence sequence, int proposed, int right, int gained) {
        boolean guessed = prediction.length > 0 && !isPlaced();
        if (prediction.length > 0) {
            follow(sequence, gained);
        }
        if (proposed == 0) {
            return;
        }
        if (right > 0) {
            failures = 0;
        } else if (++failures >= (prediction.length > 0 ? PATIENCE : 1)) {
            rest = restNext;
            restNext = Math.min(REST_MAX, 2 * restNext);
        }
        if (right == proposed) {
            restNext = 2;
        }
        // A guess that failed says nothing about drafts from a place that is known.
        if (!guessed || right == proposed) {
            appetite = nextAppetite(proposed, right);
        }
    }

    private int nextAppetite(int proposed, int right) {
        int next = right == proposed ? 2 * appetite : Math.max(appetite / 2, right + 2);
        return Math.clamp(next, 2, MAX_PROPOSED);
    }

    /** Moves the cursor along with the tokens that the answer gained. */
    private void follow(Sequence sequence, int gained) {
        for (int end = sequence.length - gained + 1; end <= sequence.length; end++) {
            boolean right =
                    cursor < prediction.length && prediction[cursor] == sequence.tokens[end - 1];
            agreed = right ? Math.min(CONTEXT, agreed + 1) : 0;
            cursor = Math.min(cursor + 1, prediction.length);
            if (!right && end - sequence.promptLength() >= CONTEXT) {
                seek(sequence, end);
            }
        }
    }

    /**
     * Moves the cursor to the nearest place behind the tokens that end the answer at {@code end},
     * if there is one.
     */
    private void seek(Sequence sequence, int end) {
        for (int distance = 1; distance <= prediction.length; distance++) {
            for (int at : new int[] {cursor + distance, cursor - distance}) {
                if (at >= CONTEXT
                        && at <= prediction.length
                        && agrees(prediction, at, sequence.tokens, end)) {
                    cursor = at;
                    agreed = CONTEXT;
                    return;
                }
            }
        }
    }

    private int fromPrediction(Sequence sequence, int wanted) {
        int count = Math.min(wanted, prediction.length - cursor);
        for (int i = 0; i < count; i++) {
            sequence.propose(i, prediction[cursor + i]);
        }
        return count;
    }

    private int fromSequence(Sequence sequence, int wanted) {
        int[] tokens = sequence.tokens;
        int end = sequence.length;
        for (int at = end - 1; at >= CONTEXT; at--) {
            if (agrees(tokens, at, tokens, end)) {
                int count = Math.min(wanted, end - at);
                for (int i = 0; i < count; i++) {
                    sequence.propose(i, sequence.tokens[at + i]);
                }
                return count;
            }
        }
        return 0;
    }

    private static boolean agrees(int[] left, int leftEnd, int[] right, int rightEnd) {
        for (int i = 1; i <= CONTEXT; i++) {
            if (left[leftEnd - i] != right[rightEnd - i]) {
                return false;
            }
        }
        return true;
    }
}
