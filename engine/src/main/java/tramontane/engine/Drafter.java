package tramontane.engine;

import tramontane.engine.Places.Place;

/**
 * Proposes how an answer may go on: from the caller's prediction, from what its constraint expects,
 * or from an earlier place in the sequence where the same few tokens stood ("prompt lookup", Saxena
 * 2023). A draft is verified exactly, so a bad one costs only time; as many tokens are proposed as
 * pay ({@link StepValue}). Engine thread only.
 *
 * <pre>
 * prediction   a b c d e f g h       an edit put other tokens for c and d
 * answer       a b x y e f
 *                        ^ cursor    moves on through the edit, as if tokens were replaced one by one; where
 *                                    more or fewer came, it moves to where enough tokens agree again
 * </pre>
 */
final class Drafter {
    /** Half of the drafts of a step, so that there are some left for another answer. */
    private static final int MAX_PROPOSED = 16;

    /** Tokens that agree where a place is hardly there by chance. */
    private static final int FIRM = 6;

    private final int[] prediction;
    private final Places inPrediction = new Places();
    private final Places inSequence = new Places();
    private int cursor;

    /** Whether the answer's latest token stood before the cursor, too. */
    private boolean agreed = true;

    // What is known of each source, at first by guess: a caller who sends a prediction mostly has
    // reason to.
    private final Odds placed = new Odds(16, 1);
    private final Odds expected = new Odds(16, 1);
    private final Odds firm = new Odds(4, 1);
    private final Odds loose = new Odds(2, 1);
    private final Odds guessed = new Odds(1, 2);

    /** The source of the latest draft. */
    private Odds source = placed;

    Drafter(int[] prediction) {
        this.prediction = prediction;
    }

    /**
     * Writes up to {@code most} proposed tokens behind the sequence's end, as many as pay in the
     * step, and returns how many.
     *
     * @param likely tokens that the constraint expects next, if there is one
     */
    int propose(Sequence sequence, int most, StepValue step, int[] likely) {
        int wanted = Math.min(most, MAX_PROPOSED);
        int[] tokens = sequence.tokens;
        int end = sequence.length;
        inSequence.grow(tokens, end - 1);
        Place earlier = inSequence.find(tokens, tokens, end, end);
        if (agreed && cursor < prediction.length) {
            source = placed;
            return fromPrediction(sequence, cursor, undisputed(sequence, earlier, wanted), step);
        }
        if (likely.length > 0) {
            source = expected;
            return from(likely, 0, likely.length, sequence, wanted, step);
        }
        Place predicted = predicted(tokens, end);
        if (predicted.exists() && predicted.agreeing() >= earlier.agreeing()) {
            source = predicted.agreeing() < FIRM ? loose : firm;
            return fromPrediction(sequence, predicted.at(), wanted, step);
        }
        if (earlier.exists()) {
            source = earlier.agreeing() < FIRM ? loose : firm;
            return from(tokens, earlier.at(), end, sequence, wanted, step);
        }
        source = guessed;
        return fromPrediction(sequence, cursor, wanted, step);
    }

    /** How far the prediction is what also came at an earlier place, which knows of no edit. */
    private int undisputed(Sequence sequence, Place earlier, int wanted) {
        if (earlier.agreeing() < FIRM) {
            return wanted;
        }
        int known = Math.min(sequence.length - earlier.at(), prediction.length - cursor);
        for (int i = 0; i < Math.min(known, wanted); i++) {
            if (prediction[cursor + i] != sequence.tokens[earlier.at() + i]) {
                return Math.max(1, i);
            }
        }
        return wanted;
    }

    /** Tells how many of the proposed tokens were right, and which tokens the answer gained. */
    void learn(Sequence sequence, int proposed, int right, int gained) {
        if (prediction.length > 0) {
            for (int end = sequence.length - gained + 1; end <= sequence.length; end++) {
                follow(sequence, end);
            }
        }
        if (proposed > 0) {
            source.learn(proposed, right);
        }
    }

    /** Moves the cursor along with the token that ends the answer at {@code end}. */
    private void follow(Sequence sequence, int end) {
        boolean right =
                cursor < prediction.length && prediction[cursor] == sequence.tokens[end - 1];
        agreed = right;
        cursor = Math.min(cursor + 1, prediction.length);
        if (!right) {
            Place place = predicted(sequence.tokens, end);
            if (place.agreeing() >= FIRM) {
                cursor = place.at();
                agreed = true;
            }
        }
    }

    private Place predicted(int[] tokens, int end) {
        // Only once it is wanted: many may wait with long predictions.
        inPrediction.grow(prediction, prediction.length);
        return inPrediction.find(prediction, tokens, end, cursor);
    }

    private int fromPrediction(Sequence sequence, int place, int wanted, StepValue step) {
        return from(prediction, place, prediction.length, sequence, wanted, step);
    }

    private int from(
            int[] tokens, int from, int end, Sequence sequence, int wanted, StepValue step) {
        int count = source.drafts(Math.min(wanted, end - from), step);
        for (int i = 0; i < count; i++) {
            sequence.propose(i, tokens[from + i]);
        }
        return count;
    }
}
