package tramontane.engine;

import java.util.Arrays;
import java.util.List;
import tramontane.sampling.TokenLogprobs;

/**
 * Logprobs of a prompt's tokens. The logits of row {@code i} score token {@code i + 1}, so the
 * first token has none. A step holds few rows of logits, so the rows are scored over several steps,
 * and every row must be computed, cached or not.
 */
final class PromptScores {
    private final int[] prompt;
    private final int top;
    private final TokenLogprobs[] scores;
    private int doneRows;

    /**
     * @param top how many of the most probable tokens to report at each position
     */
    PromptScores(int[] prompt, int top) {
        this.prompt = prompt;
        this.top = top;
        this.scores = new TokenLogprobs[prompt.length - 1];
    }

    int doneRows() {
        return doneRows;
    }

    int remainingRows() {
        return scores.length - doneRows;
    }

    /** Scores one row. Several workers may score different rows at the same time. */
    void score(int row, float[] logits) {
        scores[row] = TokenLogprobs.of(logits, prompt[row + 1], top);
    }

    /** Counts rows that a step has scored. */
    void advance(int rows) {
        doneRows += rows;
    }

    List<TokenLogprobs> all() {
        return List.of(Arrays.copyOf(scores, doneRows));
    }
}
