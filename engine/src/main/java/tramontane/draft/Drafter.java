package tramontane.draft;

import java.util.Arrays;
import tramontane.draft.NgramIndex.Match;

/**
 * Drafts the next tokens of an answer for speculative decoding. There are three sources: the
 * caller's prediction, the tokens that the constraint expects, and an earlier position in the
 * sequence behind the same n-gram ("prompt lookup decoding", Saxena 2023). The step verifies each
 * draft exactly, so a wrong one costs time but never changes the answer. {@link StepCostModel}
 * decides how many tokens are worth their time. Engine thread only.
 *
 * <pre>
 * prediction   a b c d e f g h       the answer has x and y in place of c and d
 * answer       a b x y e f
 *                        ^ cursor    At a mismatch the cursor moves on as if one token replaced
 *                                    another. Where tokens were inserted or deleted, it jumps to
 *                                    the next position where enough tokens agree.
 * </pre>
 */
public final class Drafter {
    /** Tokens of one answer that a step verifies at most. */
    public static final int MAX_DRAFT = 16;

    /** A match of at least this many tokens is hardly a coincidence. */
    private static final int MIN_FIRM = 6;

    private final int[] prediction;
    private final NgramIndex predictionIndex = new NgramIndex();
    private final NgramIndex sequenceIndex = new NgramIndex();

    /** The position in the prediction of the answer's next token. */
    private int cursor;

    /** True while the newest token of the answer is the one before the cursor. */
    private boolean cursorAgrees = true;

    // Acceptance rates of the sources. The initial values are guesses: a prediction is probably
    // sent because it is good.
    private final AcceptanceRate atCursor = new AcceptanceRate(16, 1);
    private final AcceptanceRate fromConstraint = new AcceptanceRate(16, 1);
    private final AcceptanceRate firmMatch = new AcceptanceRate(4, 1);
    private final AcceptanceRate looseMatch = new AcceptanceRate(2, 1);
    private final AcceptanceRate afterMismatch = new AcceptanceRate(1, 2);

    /** The source of the last draft. */
    private AcceptanceRate source = atCursor;

    // What the last searches found. With a draft model, a step asks first whether a source is sure
    // and then for the draft. Tokens are only ever added, so the length says which ones they were.
    private Match earlier = Match.NONE;
    private int earlierLength;
    private Match predicted = Match.NONE;
    private int predictedLength;
    private int predictedCursor;

    /**
     * @param prediction of the caller; empty without one
     */
    public Drafter(int[] prediction) {
        this.prediction = prediction;
    }

    /**
     * True if a source that is usually right has tokens behind the first {@code length}, so that no
     * model needs to draft any.
     *
     * @param expected tokens that the constraint expects next; empty without a constraint
     */
    public boolean isSure(int[] tokens, int length, int[] expected) {
        if (cursorAgrees && cursor < prediction.length) {
            return atCursor.isMostlyRight();
        }
        if (expected.length > 0) {
            return fromConstraint.isMostlyRight();
        }
        int longest =
                Math.max(
                        matchInSequence(tokens, length).length(),
                        matchInPrediction(tokens, length).length());
        return longest >= MIN_FIRM && firmMatch.isMostlyRight();
    }

    /**
     * Returns the draft that follows the first {@code length} tokens.
     *
     * @param max tokens of the draft
     * @param expected tokens that the constraint expects next; empty without a constraint
     */
    public int[] propose(int[] tokens, int length, int max, StepCostModel costs, int[] expected) {
        int wanted = Math.min(max, MAX_DRAFT);
        Match sequence = matchInSequence(tokens, length);
        if (cursorAgrees && cursor < prediction.length) {
            source = atCursor;
            return draft(
                    prediction,
                    cursor,
                    prediction.length,
                    undisputed(tokens, length, sequence, wanted),
                    costs);
        }
        if (expected.length > 0) {
            source = fromConstraint;
            return draft(expected, 0, expected.length, wanted, costs);
        }
        Match edited = matchInPrediction(tokens, length);
        if (edited.exists() && edited.length() >= sequence.length()) {
            source = edited.length() < MIN_FIRM ? looseMatch : firmMatch;
            return draft(prediction, edited.end(), prediction.length, wanted, costs);
        }
        if (sequence.exists()) {
            source = sequence.length() < MIN_FIRM ? looseMatch : firmMatch;
            return draft(tokens, sequence.end(), length, wanted, costs);
        }
        source = afterMismatch;
        return draft(prediction, cursor, prediction.length, wanted, costs);
    }

    /**
     * How many tokens at the cursor agree with those behind a firm match in the sequence, which is
     * the text before the edit that the prediction describes.
     */
    private int undisputed(int[] tokens, int length, Match sequence, int wanted) {
        if (sequence.length() < MIN_FIRM) {
            return wanted;
        }
        int known = Math.min(length - sequence.end(), prediction.length - cursor);
        for (int i = 0; i < Math.min(known, wanted); i++) {
            if (prediction[cursor + i] != tokens[sequence.end() + i]) {
                return Math.max(1, i);
            }
        }
        return wanted;
    }

    /**
     * Learns from a step how good its source was, and which tokens the answer gained.
     *
     * @param length of the sequence after the step
     * @param accepted leading tokens of the proposal that the answer took
     * @param gained tokens that the answer gained in the step
     */
    public void learn(int[] tokens, int length, Proposal proposal, int accepted, int gained) {
        if (prediction.length > 0) {
            for (int end = length - gained + 1; end <= length; end++) {
                moveCursor(tokens, end);
            }
        }
        if (proposal.origin() == Proposal.Origin.TEXT) {
            source.learn(proposal.size(), accepted);
        }
    }

    /** Moves the cursor past the token of the answer that ends at {@code end}. */
    private void moveCursor(int[] tokens, int end) {
        cursorAgrees = cursor < prediction.length && prediction[cursor] == tokens[end - 1];
        cursor = Math.min(cursor + 1, prediction.length);
        if (!cursorAgrees) {
            Match match = matchInPrediction(tokens, end);
            if (match.length() >= MIN_FIRM) {
                cursor = match.end();
                cursorAgrees = true;
            }
        }
    }

    private Match matchInSequence(int[] tokens, int length) {
        if (earlierLength != length) {
            sequenceIndex.grow(tokens, length - 1);
            earlier = sequenceIndex.find(tokens, tokens, length, length);
            earlierLength = length;
        }
        return earlier;
    }

    private Match matchInPrediction(int[] tokens, int end) {
        if (predictedLength != end || predictedCursor != cursor) {
            // The index is built at its first use, because many requests may wait with long
            // predictions.
            predictionIndex.grow(prediction, prediction.length);
            predicted = predictionIndex.find(prediction, tokens, end, cursor);
            predictedLength = end;
            predictedCursor = cursor;
        }
        return predicted;
    }

    /**
     * Tokens before the first row of a picture, which has a negative id, at most {@code max}: a
     * model samples no rows.
     */
    private static int leadingTokens(int[] from, int start, int max) {
        int count = 0;
        while (count < max && from[start + count] >= 0) {
            count++;
        }
        return count;
    }

    private int[] draft(int[] from, int start, int end, int wanted, StepCostModel costs) {
        int max = leadingTokens(from, start, Math.min(wanted, end - start));
        int count = source.drafts(max, costs);
        return Arrays.copyOfRange(from, start, start + count);
    }
}
