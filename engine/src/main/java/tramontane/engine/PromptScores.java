package tramontane.engine;

import java.util.Arrays;
import java.util.List;
import tramontane.sampling.TokenLogprobs;

/**
 * Logprobs of a prompt's tokens, of which the row of each gives those of the next: so there are
 * none of the first. They come a stretch of rows at a time, since only so many rows of logits fit a
 * step, and every row must be computed, cached or not.
 */
final class PromptScores {
    private final int[] prompt;
    private final int top;
    private final TokenLogprobs[] scores;
    private int rowsDone;

    /** The first of the rows that the step under way scores, among its logits. */
    private int logits;

    private int stepRows;

    PromptScores(int[] prompt, int top) {
        this.prompt = prompt;
        this.top = top;
        this.scores = new TokenLogprobs[prompt.length - 1];
    }

    int rowsDone() {
        return rowsDone;
    }

    int rowsLeft() {
        return scores.length - rowsDone;
    }

    /** Has the step score {@code rows} rows, the first of which is {@link #rowsDone}. */
    void plan(int firstLogits, int rows) {
        logits = firstLogits;
        stepRows = rows;
    }

    int stepRows() {
        return stepRows;
    }

    int logits(int stepRow) {
        return logits + stepRow;
    }

    /** Different rows may be scored at the same time. */
    void score(int stepRow, float[] rowLogits) {
        int at = rowsDone + stepRow;
        scores[at] = TokenLogprobs.of(rowLogits, prompt[at + 1], top);
    }

    void endStep() {
        rowsDone += stepRows;
        stepRows = 0;
    }

    List<TokenLogprobs> all() {
        return List.of(Arrays.copyOf(scores, rowsDone));
    }
}
