package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import tramontane.cache.BlockPool;
import tramontane.cache.BlockTable;
import tramontane.cache.PrefixIndex;
import tramontane.draft.Proposal;
import tramontane.model.Batch;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.TokenLogprobs;
import tramontane.sampling.WantedLogprobs;

/** Which events a reader gets after each step. */
class DeliveryTest {
    private static final int END = 9;
    private static final float[] LOGITS = new float[10];

    private final Batch batch = new Batch(16, 16);
    private final Generation generation;
    private final Sequence sequence;

    DeliveryTest() {
        GenerationRequest request =
                new GenerationRequest(
                        new int[] {1, 2, 3},
                        new GenerationRequest.Length(10, 0, FinishReason.LENGTH),
                        new SamplingParams(0, 1, 1, 0, 0),
                        1,
                        GenerationRequest.Guidance.NONE,
                        new WantedLogprobs(OptionalInt.of(0), OptionalInt.of(0)),
                        new GenerationRequest.Owner("", ""));
        generation = new Generation(request, new EndTokens(END));
        BlockPool pool = new BlockPool(2);
        sequence =
                new Sequence(
                        generation,
                        0,
                        0,
                        new BlockTable(pool, new PrefixIndex(pool), 1, ""),
                        request.prompt());
        sequence.reserveBlocks(32);
    }

    /** Plays a step that scores prompt tokens. */
    private List<GenerationEvent> score(int rows) throws InterruptedException {
        StepPlan plan = new StepPlan(batch);
        plan.addPrompt(sequence, rows);
        for (int row = 0; row < rows; row++) {
            sequence.promptScores().orElseThrow().score(sequence.computed() + row, LOGITS);
        }
        return deliver(plan);
    }

    /** Plays a step that samples these tokens. */
    private List<GenerationEvent> sample(int... tokens) throws InterruptedException {
        StepPlan plan = new StepPlan(batch);
        plan.addAnswer(sequence, sequence.length() - sequence.computed(), Proposal.NONE);
        for (int token : tokens) {
            sequence.append(token);
            if (token != END) {
                sequence.delivery().addLogprobs(TokenLogprobs.of(LOGITS, token, 0));
            }
        }
        return deliver(plan);
    }

    private List<GenerationEvent> deliver(StepPlan plan) throws InterruptedException {
        StepRun run = plan.runs().getFirst();
        sequence.complete(run);
        sequence.delivery().deliver(run);
        List<GenerationEvent> events = new ArrayList<>();
        while (true) {
            Optional<GenerationEvent> event = generation.poll(Duration.ZERO);
            if (event.isEmpty()) {
                return events;
            }
            events.add(event.get());
        }
    }

    private static void checkTokens(List<GenerationEvent> events, int... tokens) {
        assertThat(events).hasSize(tokens.length);
        for (int i = 0; i < tokens.length; i++) {
            int token = tokens[i];
            assertThat(events.get(i))
                    .isInstanceOfSatisfying(
                            GenerationEvent.Token.class,
                            event -> {
                                assertThat(event.token()).isEqualTo(token);
                                assertThat(event.logprobs().orElseThrow().token()).isEqualTo(token);
                            });
        }
    }

    @Test
    void logprobsOfThePromptComeBeforeTheFirstToken() throws InterruptedException {
        assertThat(score(1)).isEmpty();
        assertThat(score(1)).isEmpty();
        List<GenerationEvent> events = sample(4);
        assertThat(events.getFirst())
                .isInstanceOfSatisfying(
                        GenerationEvent.PromptScored.class,
                        scored ->
                                assertThat(scored.logprobs())
                                        .extracting(TokenLogprobs::token)
                                        .containsExactly(2, 3));
        checkTokens(events.subList(1, 2), 4);
        checkTokens(sample(5, 6), 5, 6);
    }

    @Test
    void anEndTokenCountsButIsNotDelivered() throws InterruptedException {
        score(2);
        sample(4);
        sequence.finish(FinishReason.STOP);
        assertThat(sample(END))
                .containsExactly(new GenerationEvent.Finished(0, FinishReason.STOP, 2));
        assertThat(sequence.delivery().isFinished()).isTrue();
    }

    @Test
    void tokensOfTheLastStepComeBeforeTheEnd() throws InterruptedException {
        score(2);
        sample(4);
        sequence.finish(FinishReason.LENGTH);
        List<GenerationEvent> events = sample(5, 6);
        checkTokens(events.subList(0, 2), 5, 6);
        assertThat(events.subList(2, 3))
                .containsExactly(new GenerationEvent.Finished(0, FinishReason.LENGTH, 3));
    }

    @Test
    void aFailureEndsTheGeneration() throws InterruptedException {
        sequence.fail(new NonFiniteLogitsException());
        List<GenerationEvent> events = score(1);
        assertThat(events).hasSize(1);
        assertThat(events.getFirst()).isInstanceOf(GenerationEvent.Failed.class);
        assertThat(sequence.delivery().isFinished()).isTrue();
        assertThat(generation.isStopped(0)).isTrue();
    }

    @Test
    void aFailureWhileSamplingIsDeliveredWithoutLogprobsOfThePrompt() throws InterruptedException {
        score(2);
        sequence.fail(new IllegalStateException("no"));
        assertThat(sample())
                .containsExactly(
                        new GenerationEvent.Failed(
                                "its constraint failed: java.lang.IllegalStateException: no"));
    }
}
