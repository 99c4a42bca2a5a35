package tramontane.engine;

import java.util.Arrays;
import tramontane.cache.BlockTable;
import tramontane.sampling.TokenCounts;

/**
 * One choice of a generation: the prompt's tokens and the answer's so far, of which the first
 * {@code computed} have keys and values in the cache. Engine thread only.
 */
final class Sequence {
    final Generation generation;
    final int choice;
    final BlockTable table;
    final TokenCounts answer = new TokenCounts();
    final Drafter drafter;

    /** Prompt, answer, and behind {@code length} the tokens proposed for this step. */
    int[] tokens;

    int length;
    int computed;
    int proposed;

    /** First row of this sequence's logits in the step under way; -1 where it wants none. */
    int logits;

    /** End of the stretch this step computes. */
    int stepEnd;

    boolean finished;

    /** Whether it has ever run. */
    boolean begun;

    /** Whether the other choices of its generation have been queued. */
    boolean siblingsQueued;

    Sequence(Generation generation, int choice, BlockTable table) {
        this.generation = generation;
        this.choice = choice;
        this.table = table;
        int[] prompt = generation.request().prompt();
        tokens = Arrays.copyOf(prompt, prompt.length + 64);
        length = prompt.length;
        drafter = new Drafter(generation.request().prediction());
    }

    int promptLength() {
        return generation.request().prompt().length;
    }

    int answerLength() {
        return length - promptLength();
    }

    boolean wantsDecode() {
        return computed == length - 1 && answerLength() > 0;
    }

    boolean isStopped() {
        return finished || generation.isStopped(choice);
    }

    /** Places {@code token} at {@code length + ahead}, which stays unchanged. */
    void propose(int ahead, int token) {
        ensure(length + ahead + 1);
        tokens[length + ahead] = token;
    }

    void append(int token) {
        ensure(length + 1);
        tokens[length++] = token;
        answer.add(token);
    }

    private void ensure(int size) {
        if (tokens.length < size) {
            tokens = Arrays.copyOf(tokens, Math.max(size, tokens.length * 3 / 2));
        }
    }
}
