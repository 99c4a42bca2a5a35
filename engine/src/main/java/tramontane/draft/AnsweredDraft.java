package tramontane.draft;

import java.util.Arrays;
import java.util.function.IntPredicate;

/**
 * Tokens that a choice of the same request had elsewhere, proposed in full at each step while the
 * answer agrees with them. They are verified like any draft, so wrong ones cost time and change
 * nothing: after the first difference no more are proposed. Engine thread only.
 *
 * <pre>
 * answered   a b c d e f
 * answer     a b c           proposed: d e f
 *                  ^ agreed
 * </pre>
 */
public final class AnsweredDraft {
    private final int[] answered;
    private final int promptLength;

    /** Leading tokens of the answer that were compared, all equal. */
    private int agreed;

    private boolean differs;

    /**
     * @param answered what follows the prompt; nothing behind an end token counts
     * @param ends true for an end token
     */
    public AnsweredDraft(int[] answered, int promptLength, IntPredicate ends) {
        int end = 0;
        while (end < answered.length && !ends.test(answered[end])) {
            end++;
        }
        this.answered = Arrays.copyOf(answered, end);
        this.promptLength = promptLength;
    }

    /**
     * The tokens that followed the first {@code length} ones elsewhere; empty if there are none, or
     * the answer has become another.
     *
     * @param max tokens to return
     */
    public int[] next(int[] tokens, int length, int max) {
        int answer = length - promptLength;
        while (!differs && agreed < Math.min(answer, answered.length)) {
            differs = tokens[promptLength + agreed] != answered[agreed];
            agreed++;
        }
        if (differs || max < 1 || answer >= answered.length) {
            return new int[0];
        }
        return Arrays.copyOfRange(answered, answer, Math.min(answered.length, answer + max));
    }
}
