package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tramontane.model.Batch;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;

/**
 * Simulated loads: random arrivals, cancels and ends over a pool that is too small. The seed is the
 * bug report.
 */
class SchedulerTest {
    private static final int CONTEXT = 256;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void everySequenceEndsAndNoBlockLeaks(long seed) {
        Random random = new Random(seed);
        int blocks = CONTEXT / 16 + random.nextInt(20);
        EngineLimits limits =
                new EngineLimits(CONTEXT, blocks, 1 + random.nextInt(12), 40, 10, 1000, 1 << 20);
        Scheduler scheduler = new Scheduler(limits, 1024);
        Batch batch = new Batch(limits.maxRows(), limits.maxLogits());
        List<Generation> generations = new ArrayList<>();
        int arrivals = 0;
        int steps = 0;
        while (arrivals < 300 || !scheduler.isIdle()) {
            if (arrivals < 300 && random.nextInt(3) == 0) {
                generations.add(new Generation(request(random), new EndTokens()));
                scheduler.submit(generations.getLast());
                arrivals++;
            }
            if (random.nextInt(10) == 0 && !generations.isEmpty()) {
                generations.get(random.nextInt(generations.size())).cancel();
            }
            step(scheduler, batch, random);
            scheduler.pool().checkIntegrity();
            assertThat(++steps).as("steps until all had ended").isLessThan(200_000);
        }
        assertThat(scheduler.pool().available())
                .as("blocks after the last sequence")
                .isEqualTo(blocks);
        assertThat(scheduler.waitingTokens()).isZero();
    }

    /** Computes nothing, draws random tokens, and confirms a random part of what was proposed. */
    private static void step(Scheduler scheduler, Batch batch, Random random) {
        List<Sequence> planned = List.copyOf(scheduler.plan(batch));
        assertThat(planned).doesNotHaveDuplicates();
        for (Sequence sequence : planned) {
            assertThat(sequence.table.capacity()).isGreaterThanOrEqualTo(sequence.stepEnd);
            assertThat(sequence.drafted).isIn(0, sequence.proposed);
            sequence.promptScores.ifPresent(PromptScores::endStep);
            if (sequence.logits < 0) {
                scheduler.advance(sequence, sequence.stepEnd);
                continue;
            }
            int before = sequence.stepEnd - sequence.proposed;
            int right = random.nextInt(sequence.proposed + 1);
            for (int i = 0; i < right; i++) {
                sequence.append(sequence.tokens[sequence.length]);
            }
            sequence.append(random.nextInt(4));
            sequence.finished = sequence.left() <= 0 || random.nextInt(50) == 0;
            sequence.drafter.learn(sequence, sequence.drafted, right, right + 1);
            scheduler.advance(sequence, before + right);
        }
    }

    private static GenerationRequest request(Random random) {
        int length = 1 + random.nextInt(CONTEXT / 2);
        // Few different tokens, so that prefixes are shared and drafts are found.
        int[] prompt = new Random(random.nextInt(6)).ints(length, 0, 4).toArray();
        return new GenerationRequest(
                prompt,
                new GenerationRequest.Length(
                        1 + random.nextInt(CONTEXT - length), 0, FinishReason.LENGTH),
                new SamplingParams(0, 1, 0, 0, 0),
                1 + random.nextInt(3),
                GenerationRequest.Guidance.NONE,
                random.nextInt(4) == 0
                        ? new WantedLogprobs(OptionalInt.empty(), OptionalInt.of(0))
                        : WantedLogprobs.NONE,
                new GenerationRequest.Owner("caller " + random.nextInt(3), ""));
    }
}
