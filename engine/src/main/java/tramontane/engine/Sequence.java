package tramontane.engine;

import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Comparator;
import java.util.Deque;
import java.util.Optional;
import java.util.OptionalInt;
import tramontane.cache.BlockTable;
import tramontane.sampling.TokenCounts;
import tramontane.sampling.TokenLogprobs;

/**
 * One choice of a generation: the prompt's tokens and the answer's so far, of which the first
 * {@code computed} have keys and values in the cache. Engine thread only, but for the worker that
 * draws for it within a step.
 *
 * <pre>
 * prompt ........ | answer ............ | proposed ....
 *                        ^ computed      ^ length
 *                        |-- fresh ------|
 * </pre>
 */
final class Sequence {
    private static final int[] NOTHING = {};

    /**
     * The order in which generations were submitted, and of one generation the order of choices.
     */
    static final Comparator<Sequence> ARRIVAL =
            Comparator.<Sequence>comparingLong(sequence -> sequence.arrival)
                    .thenComparingInt(sequence -> sequence.choice);

    final Generation generation;
    final int choice;

    /** The number of the generation, counted from the first that was submitted. */
    long arrival;

    final BlockTable table;
    final TokenCounts seen = new TokenCounts();
    final Drafter drafter;
    final Optional<Guide> guide;
    final Optional<PromptScores> promptScores;

    /** Tokens that must come next, where each has to get logprobs of its own first. */
    private final Deque<Integer> due = new ArrayDeque<>();

    /** Logprobs of the answer's tokens that its reader does not have yet. */
    final Deque<TokenLogprobs> scores = new ArrayDeque<>();

    /** Prompt, answer, and behind {@code length} the tokens proposed for this step. */
    int[] tokens;

    int length;
    int computed;
    int proposed;

    /** While it waits: tokens at its beginning that the cache had when it began to wait. */
    int known;

    /** Prompt tokens that the step under way may compute for it. */
    int share;

    /** How many of the proposed tokens come from the drafter: all of them or none. */
    int drafted;

    /** How many of the proposed tokens, from the first on, the answer has taken. */
    int confirmed;

    /** First row of this sequence's logits in the step under way; -1 where it wants none. */
    int logits;

    /** End of the stretch this step computes. */
    int stepEnd;

    /**
     * Tokens that were not computed yet after the latest draw: the one drawn, and those that had to
     * follow it.
     */
    int fresh;

    /** Tokens of the answer that its reader has. */
    int delivered;

    /** Why the answer is over, once it is. */
    Optional<FinishReason> end = Optional.empty();

    /** What a draw failed with, for example its constraint. */
    Optional<Throwable> failure = Optional.empty();

    boolean finished;

    /** Whether its reader has the prompt's logprobs, if it wants any. */
    boolean promptDelivered;

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
        if (generation.request().sampling().penalties().readsPrompt()) {
            Arrays.stream(prompt).forEach(seen::addPrompt);
        }
        drafter = new Drafter(generation.request().guidance().prediction());
        guide = generation.guide();
        OptionalInt top = generation.request().logprobs().prompt();
        promptScores =
                choice == 0 && top.isPresent()
                        ? Optional.of(new PromptScores(prompt, top.getAsInt()))
                        : Optional.empty();
        take(generation.opening().tokens());
        drafter.learn(this, 0, 0, answerLength());
    }

    String caller() {
        return generation.request().owner().caller();
    }

    int promptLength() {
        return generation.request().prompt().length;
    }

    int answerLength() {
        return length - promptLength();
    }

    /** Tokens that are still to be computed, as far as known while it waits. */
    int gap() {
        return length - Math.max(computed, known);
    }

    /** Tokens that the answer may still gain. */
    int left() {
        return generation.request().length().max() - answerLength();
    }

    boolean wantsDecode() {
        return answerLength() > 0 && length - computed <= fresh;
    }

    boolean isStopped() {
        return finished || generation.isStopped(choice);
    }

    /** Places {@code token} at {@code length + ahead}, which stays unchanged. */
    void propose(int ahead, int token) {
        ensure(length + ahead + 1);
        tokens[length + ahead] = token;
    }

    /**
     * Has at most {@code most} tokens proposed that pay in the step, up to the first that the
     * constraint does not allow.
     */
    void propose(int most, StepValue step) {
        proposeNothing();
        if (!due.isEmpty()) {
            for (int token : due) {
                if (proposed < most) {
                    propose(proposed++, token);
                }
            }
            return;
        }
        try {
            int[] likely = guide.map(each -> each.likely(most)).orElse(NOTHING);
            proposed = drafter.propose(this, most, step, likely);
            if (guide.isPresent()) {
                proposed = guide.get().allowed(tokens, length, proposed);
            }
        } catch (RuntimeException | StackOverflowError e) {
            if (guide.isEmpty()) {
                throw e;
            }
            proposed = 0;
            fail(e);
        }
        drafted = proposed;
    }

    void proposeNothing() {
        proposed = 0;
        drafted = 0;
    }

    /**
     * Whether all that was drawn in this step is what was proposed, so that the step has the logits
     * of what follows.
     */
    boolean followsDrafts() {
        return length - (stepEnd - proposed) == confirmed;
    }

    void append(int token) {
        ensure(length + 1);
        if (confirmed < proposed && followsDrafts() && tokens[length] == token) {
            confirmed++;
        }
        tokens[length++] = token;
        seen.add(token);
    }

    /** Appends a token that does not end the answer, and those that must follow it. */
    void write(int token) {
        append(token);
        if (guide.isPresent()) {
            take(guide.get().follow(token, left()));
        }
    }

    private void take(int[] forced) {
        boolean scored = generation.request().logprobs().answer().isPresent();
        for (int token : forced) {
            if (scored) {
                due.addLast(token);
            } else {
                append(token);
            }
        }
    }

    /** Appends the next token that must come, if one is waiting for its logprobs. */
    boolean appendDue() {
        boolean any = !due.isEmpty();
        if (any) {
            append(due.removeFirst());
        }
        return any;
    }

    /** Whether the answer has all the tokens that its guide has seen. */
    boolean isAtGuide() {
        return due.isEmpty();
    }

    void fail(Throwable cause) {
        failure = Optional.of(cause);
    }

    private void ensure(int size) {
        if (tokens.length < size) {
            tokens = Arrays.copyOf(tokens, Math.max(size, tokens.length * 3 / 2));
        }
    }
}
