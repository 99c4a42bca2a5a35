package tramontane.engine;

import java.util.Optional;
import java.util.OptionalInt;
import tramontane.model.Transformer;
import tramontane.sampling.Sampler;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.TokenLogprobs;

/**
 * Draws the next tokens of a sequence from the logits of a step, as long as they confirm what was
 * proposed. One for each worker; a sequence is drawn for by one at a time.
 *
 * <pre>
 * logits of a row → the constraint's mask → min_tokens → penalties → temperature, nucleus, draw
 *                                                       ↑ struck and drawn again where the
 *                                                         text could not be closed any more
 * </pre>
 *
 * Tokens that a constraint forces are not drawn at all: they are taken with the token before them.
 */
final class Drawer {
    /** Tokens struck for one draw, after which the shortest way out is taken. */
    private static final int STRIKES_MAX = 8;

    private final Transformer transformer;
    private final EndTokens ends;
    private final Sampler sampler;
    private final float[] row;

    /** The row as the model gave it, for logprobs. */
    private final float[] given;

    Drawer(Transformer transformer, EndTokens ends, int vocabulary) {
        this.transformer = transformer;
        this.ends = ends;
        this.sampler = new Sampler(vocabulary, transformer.kernels());
        this.row = new float[vocabulary];
        this.given = new float[vocabulary];
    }

    void draw(Sequence sequence) {
        try {
            conclude(sequence);
            while (sequence.failure.isEmpty()
                    && sequence.end.isEmpty()
                    && sequence.followsDrafts()) {
                transformer.logits(sequence.logits + sequence.confirmed, row);
                UnsoundLogitsException.check(row);
                next(sequence);
            }
        } catch (UnsoundLogitsException e) {
            sequence.fail(e);
        } catch (RuntimeException | StackOverflowError e) {
            if (sequence.guide.isEmpty()) {
                throw e;
            }
            sequence.fail(e);
        }
    }

    /** Scores one of the rows of a prompt that the step has logits of. */
    void scorePrompt(Sequence sequence, PromptScores scores, int stepRow) {
        transformer.logits(scores.logits(stepRow), row);
        try {
            UnsoundLogitsException.check(row);
            scores.score(stepRow, row);
        } catch (UnsoundLogitsException e) {
            sequence.fail(e);
        }
    }

    private void next(Sequence sequence) {
        OptionalInt top = sequence.generation.request().logprobs().answer();
        if (top.isPresent()) {
            System.arraycopy(row, 0, given, 0, row.length);
        }
        if (sequence.appendDue()) {
            conclude(sequence);
        } else {
            write(sequence, choose(sequence));
        }
        int token = sequence.tokens[sequence.length - 1];
        if (top.isPresent() && !ends.has(token)) {
            sequence.scores.addLast(TokenLogprobs.of(given, token, top.getAsInt()));
        }
    }

    private int choose(Sequence sequence) {
        SamplingParams params = sequence.generation.request().sampling();
        Optional<Guide> guide = sequence.guide;
        guide.ifPresent(each -> each.mask().apply(row));
        if (sequence.answerLength() < sequence.generation.request().length().min()) {
            ends.strike(row);
        }
        sampler.penalize(row, params, sequence.seen);
        int token = sampler.draw(row, params, sequence.choice, sequence.length);
        return guide.isPresent() ? closable(sequence, guide.get(), token) : token;
    }

    /** {@code token}, or another behind which what is left of the limit can close the text. */
    private int closable(Sequence sequence, Guide guide, int token) {
        SamplingParams params = sequence.generation.request().sampling();
        int candidate = token;
        for (int struck = 0; struck < STRIKES_MAX; struck++) {
            if (row[candidate] == Float.NEGATIVE_INFINITY) {
                break;
            }
            if (guide.fits(candidate, sequence.left())) {
                return candidate;
            }
            row[candidate] = Float.NEGATIVE_INFINITY;
            candidate = sampler.draw(row, params, sequence.choice, sequence.length);
        }
        return guide.wayOut();
    }

    private void write(Sequence sequence, int token) {
        if (ends.has(token)) {
            sequence.append(token);
            sequence.end = Optional.of(naturalEnd(sequence));
        } else {
            sequence.write(token);
            conclude(sequence);
        }
    }

    /** Ends an answer that is complete, or for which no token is left. */
    private static void conclude(Sequence sequence) {
        if (sequence.isAtGuide() && sequence.guide.filter(Guide::isComplete).isPresent()) {
            sequence.end = Optional.of(naturalEnd(sequence));
        } else if (sequence.left() == 0) {
            sequence.end = Optional.of(sequence.generation.request().length().reason());
        }
    }

    /** An answer that was turned aside to end in time says that the limit ended it. */
    private static FinishReason naturalEnd(Sequence sequence) {
        boolean hurried = sequence.guide.filter(Guide::isHurried).isPresent();
        return hurried ? sequence.generation.request().length().reason() : FinishReason.STOP;
    }
}
