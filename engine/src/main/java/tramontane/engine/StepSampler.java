package tramontane.engine;

import java.util.Optional;
import java.util.OptionalInt;
import tramontane.model.Transformer;
import tramontane.sampling.Sampler;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.TokenLogprobs;

/**
 * Samples the next tokens of a sequence from the logits of a step, for as long as they equal the
 * proposed ones. Each worker has a sampler of its own, and one worker at a time samples for a
 * sequence.
 *
 * <pre>
 * logits of a row → constraint's mask → min_tokens → penalties → temperature, top-k, top-p, draw
 *                                                       ↑ a token behind which the limit is too
 *                                                         short for the text is masked, and the
 *                                                         draw is repeated
 * </pre>
 *
 * Tokens that a constraint forces are not sampled: they are appended with the token before them.
 */
final class StepSampler {
    /** Tokens masked for one draw, after which the shortest completion is taken. */
    private static final int MAX_REDRAWS = 8;

    private final Transformer transformer;
    private final EndTokens ends;
    private final Sampler sampler;
    private final float[] row;

    /** The row before masks and penalties, for logprobs. */
    private final float[] unmodified;

    StepSampler(Transformer transformer, EndTokens ends, int vocabulary) {
        this.transformer = transformer;
        this.ends = ends;
        this.sampler = new Sampler(vocabulary, transformer.kernels());
        this.row = new float[vocabulary];
        this.unmodified = new float[vocabulary];
    }

    /** Samples for a run of purpose {@code SAMPLE}. */
    void sample(StepRun run) {
        Sequence sequence = run.sequence();
        try {
            finishIfComplete(sequence);
            while (sequence.failure().isEmpty()
                    && sequence.finishReason().isEmpty()
                    && sequence.followsProposal(run)) {
                transformer.logits(run.firstLogits() + sequence.accepted(run), row);
                NonFiniteLogitsException.check(row);
                sampleNext(sequence);
            }
        } catch (NonFiniteLogitsException e) {
            sequence.fail(e);
        } catch (RuntimeException | StackOverflowError e) {
            if (sequence.cursor().isEmpty()) {
                throw e;
            }
            sequence.fail(e);
        }
    }

    /** Scores one row of a run of purpose {@code SCORE}. */
    void score(StepRun run, int row) {
        transformer.logits(run.firstLogits() + row, this.row);
        try {
            NonFiniteLogitsException.check(this.row);
            run.sequence().promptScores().orElseThrow().score(run.start() + row, this.row);
        } catch (NonFiniteLogitsException e) {
            run.sequence().fail(e);
        }
    }

    private void sampleNext(Sequence sequence) {
        OptionalInt top = sequence.request().logprobs().answer();
        if (top.isPresent()) {
            System.arraycopy(row, 0, unmodified, 0, row.length);
        }
        if (sequence.appendPending()) {
            finishIfComplete(sequence);
        } else {
            append(sequence, choose(sequence));
        }
        int token = sequence.lastToken();
        if (top.isPresent() && !ends.has(token)) {
            sequence.delivery().addLogprobs(TokenLogprobs.of(unmodified, token, top.getAsInt()));
        }
    }

    private int choose(Sequence sequence) {
        SamplingParams params = sequence.request().sampling();
        Optional<ConstraintCursor> cursor = sequence.cursor();
        cursor.ifPresent(each -> each.mask().apply(row));
        if (sequence.answerLength() < sequence.request().length().min()) {
            ends.mask(row);
        }
        sampler.penalize(row, params, sequence.counts());
        int token = sampler.draw(row, params, sequence.choice(), sequence.length());
        return cursor.isPresent() ? completable(sequence, cursor.get(), token) : token;
    }

    /**
     * Returns {@code token}, or another one behind which the text can be completed within the
     * limit.
     */
    private int completable(Sequence sequence, ConstraintCursor cursor, int token) {
        SamplingParams params = sequence.request().sampling();
        int candidate = token;
        for (int redraws = 0; redraws < MAX_REDRAWS; redraws++) {
            if (row[candidate] == Float.NEGATIVE_INFINITY) {
                break;
            }
            if (cursor.canComplete(candidate, sequence.remainingTokens())) {
                return candidate;
            }
            row[candidate] = Float.NEGATIVE_INFINITY;
            candidate = sampler.draw(row, params, sequence.choice(), sequence.length());
        }
        return cursor.completingToken();
    }

    private void append(Sequence sequence, int token) {
        if (ends.has(token)) {
            sequence.append(token);
            sequence.finish(reasonOfEnd(sequence));
        } else {
            sequence.appendSampled(token);
            finishIfComplete(sequence);
        }
    }

    /** Ends an answer that is complete or has reached its limit. */
    private static void finishIfComplete(Sequence sequence) {
        if (!sequence.hasPending() && isComplete(sequence)) {
            sequence.finish(reasonOfEnd(sequence));
        } else if (sequence.remainingTokens() == 0) {
            sequence.finish(sequence.request().length().reason());
        }
    }

    private static boolean isComplete(Sequence sequence) {
        return sequence.cursor().filter(ConstraintCursor::isComplete).isPresent();
    }

    /** An answer that the limit forced to its end reports the limit as the reason. */
    private static FinishReason reasonOfEnd(Sequence sequence) {
        boolean hitLimit = sequence.cursor().filter(ConstraintCursor::hasHitLimit).isPresent();
        return hitLimit ? sequence.request().length().reason() : FinishReason.STOP;
    }
}
