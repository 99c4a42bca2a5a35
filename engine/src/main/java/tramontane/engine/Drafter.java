package tramontane.engine;

/**
 * Proposes how an answer may go on: from the caller's prediction, else from an earlier place in the
 * sequence where the same few tokens stood ("prompt lookup", Saxena 2023). A draft is verified
 * exactly, so a bad one costs only time; the number proposed follows what was accepted lately.
 * Engine thread only.
 */
final class Drafter {
    /** Tokens that must agree before what follows them is proposed. */
    private static final int CONTEXT = 3;

    private static final int MAX_PROPOSED = 16;
    private static final int LOOKUP_START = 3;

    /** Steps a source that was wrong rests, doubled each time up to a bound. */
    private static final int REST_MAX = 64;

    private final int[] prediction;
    private int cursor;
    private int appetite;
    private int rest;
    private int restNext = 2;
    private int accepted;
    private int rejected;

    Drafter(int[] prediction) {
        this.prediction = prediction;
        this.appetite = prediction.length > 0 ? MAX_PROPOSED : LOOKUP_START;
    }

    int accepted() {
        return accepted;
    }

    int rejected() {
        return rejected;
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
        int proposed = prediction.length > 0 ? fromPrediction(sequence, wanted) : 0;
        return proposed > 0 ? proposed : fromSequence(sequence, wanted);
    }

    /** Tells how many of the proposed tokens were right, and which tokens the answer gained. */
    void learn(Sequence sequence, int proposed, int right, int gained) {
        follow(sequence, gained);
        if (proposed == 0) {
            return;
        }
        accepted += right;
        rejected += proposed - right;
        if (right == proposed) {
            appetite = Math.min(MAX_PROPOSED, 2 * appetite);
            restNext = 2;
        } else if (right == 0) {
            appetite = Math.max(2, appetite / 2);
            rest = restNext;
            restNext = Math.min(REST_MAX, 2 * restNext);
        } else {
            appetite = Math.max(2, Math.min(MAX_PROPOSED, right + 2));
        }
    }

    /** Moves the cursor over the predicted tokens that the answer just repeated. */
    private void follow(Sequence sequence, int gained) {
        for (int at = sequence.length - gained; at < sequence.length; at++) {
            if (cursor < prediction.length && prediction[cursor] == sequence.tokens[at]) {
                cursor++;
            } else if (prediction.length > 0) {
                cursor = resync(sequence, at + 1);
            }
        }
    }

    /**
     * The place in the prediction behind the tokens that end the answer at {@code end}: the nearest
     * after the cursor.
     */
    private int resync(Sequence sequence, int end) {
        int context = Math.min(CONTEXT, end - sequence.promptLength());
        if (context < 1) {
            return cursor;
        }
        for (int at = cursor + 1; at <= prediction.length; at++) {
            if (at >= context && agrees(prediction, at, sequence.tokens, end, context)) {
                return at;
            }
        }
        return cursor;
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
            if (agrees(tokens, at, tokens, end, CONTEXT)) {
                int count = Math.min(wanted, end - at);
                for (int i = 0; i < count; i++) {
                    sequence.propose(i, sequence.tokens[at + i]);
                }
                return count;
            }
        }
        return 0;
    }

    private static boolean agrees(int[] left, int leftEnd, int[] right, int rightEnd, int count) {
        for (int i = 1; i <= count; i++) {
            if (left[leftEnd - i] != right[rightEnd - i]) {
                return false;
            }
        }
        return true;
    }
}
