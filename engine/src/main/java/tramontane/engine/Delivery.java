package tramontane.engine;

import java.lang.System.Logger;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import tramontane.sampling.TokenLogprobs;

/**
 * Turns what a sequence gained in a step into events for the reader of its generation, and
 * remembers what the reader has. Engine thread only, except that a worker adds logprobs while it
 * samples.
 *
 * <pre>
 * PromptScored?  Token*  ( Finished | Failed )
 * </pre>
 */
final class Delivery {
    private static final Logger LOG = System.getLogger(Delivery.class.getName());

    private final Generation generation;
    private final int choice;

    /** Logprobs of sampled tokens that have not been delivered yet. */
    private final Deque<TokenLogprobs> logprobs = new ArrayDeque<>();

    private int deliveredTokens;
    private boolean promptDelivered;
    private boolean finished;

    Delivery(Generation generation, int choice) {
        this.generation = generation;
        this.choice = choice;
    }

    /** True once the last event of the choice has been delivered. */
    boolean isFinished() {
        return finished;
    }

    void addLogprobs(TokenLogprobs of) {
        logprobs.addLast(of);
    }

    /** Delivers what {@code run} brought to its sequence. */
    void deliver(StepRun run) {
        Sequence sequence = run.sequence();
        if (run.purpose() == StepRun.Purpose.SAMPLE) {
            deliverPrompt(sequence);
            deliverTokens(sequence);
            sequence.finishReason().ifPresent(reason -> finish(reason, sequence.answerLength()));
        }
        sequence.failure().ifPresent(this::fail);
    }

    /** Before the first token, so that a reader has the logprobs in the order of the text. */
    private void deliverPrompt(Sequence sequence) {
        if (!promptDelivered && sequence.failure().isEmpty()) {
            promptDelivered = true;
            sequence.promptScores()
                    .ifPresent(scores ->
                            generation.deliver(new GenerationEvent.PromptScored(scores.all())));
        }
    }

    private void deliverTokens(Sequence sequence) {
        int tokens = sequence.answerLength() - (sequence.endsWithEndToken() ? 1 : 0);
        for (; deliveredTokens < tokens; deliveredTokens++) {
            Optional<TokenLogprobs> scored = Optional.ofNullable(logprobs.pollFirst());
            generation.deliver(
                    new GenerationEvent.Token(
                            choice, sequence.answerToken(deliveredTokens), scored));
        }
    }

    private void finish(FinishReason reason, int tokens) {
        finished = true;
        generation.deliver(new GenerationEvent.Finished(choice, reason, tokens));
    }

    /** Ends the whole generation, because one of its choices failed. Others are not affected. */
    private void fail(Throwable cause) {
        String reason;
        if (cause instanceof NonFiniteLogitsException) {
            reason = String.valueOf(cause.getMessage());
            LOG.log(Logger.Level.ERROR, "An answer failed: " + reason);
        } else {
            reason = "its constraint failed: " + cause;
            LOG.log(Logger.Level.ERROR, "A constraint failed and ended its answer.", cause);
        }
        finished = true;
        generation.deliver(new GenerationEvent.Failed(reason));
        generation.cancel();
    }
}
