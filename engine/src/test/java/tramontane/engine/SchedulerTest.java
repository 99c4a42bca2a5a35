package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tramontane.model.Batch;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;

/**
 * Simulated loads: random arrivals, cancels and ends with a pool that is too small. A failure is
 * reproduced by its seed.
 */
class SchedulerTest {
    private static final int CONTEXT = 256;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
    void everySequenceEndsAndNoBlockLeaks(long seed) throws EngineFullException {
        Random random = new Random(seed);
        int blocks = CONTEXT / 16 + random.nextInt(20);
        int stepTokens = 1 + random.nextInt(40);
        int busyTokens = 1 + random.nextInt(stepTokens);
        EngineLimits limits =
                new EngineLimits(
                        CONTEXT,
                        blocks,
                        1 + random.nextInt(12),
                        stepTokens,
                        busyTokens,
                        1000,
                        1 << 20);
        AdmissionControl admission = new AdmissionControl(limits);
        Scheduler scheduler = new Scheduler(limits, admission, 1024);
        Batch batch = new Batch(limits.maxRows(), limits.maxLogits());
        List<Generation> generations = new ArrayList<>();
        int arrivals = 0;
        int steps = 0;
        while (arrivals < 300 || !scheduler.isIdle()) {
            if (arrivals < 300 && random.nextInt(3) == 0) {
                generations.add(submit(scheduler, admission, request(random)));
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
        assertThat(admission.tokens()).isZero();
        assertThat(admission.requests()).isZero();
    }

    @Test
    void aCallerWithManyRequestsDoesNotBlockOthers() throws EngineFullException {
        Load load = new Load(4, 40);
        for (int i = 0; i < 50; i++) {
            load.submit("many", 30, 200);
        }
        load.steps(20);
        assertThat(load.running("many")).isEqualTo(4);
        Generation first = load.submit("other", 30, 200);
        Generation second = load.submit("other", 30, 200);
        load.steps(6);
        assertThat(load.startedOf(first, second)).as("half of the places").isEqualTo(2);
        load.submit("other", 30, 200);
        load.steps(20);
        assertThat(load.running("other")).isEqualTo(2);
        assertThat(load.running("many")).isEqualTo(2);
    }

    @Test
    void manyChoicesOfOneRequestCountAsManyRequests() throws EngineFullException {
        Load load = new Load(4, 40);
        load.submit("many", 30, 200, 16);
        load.steps(20);
        assertThat(load.running("many")).isEqualTo(4);
        load.submit("other", 30, 200);
        load.steps(3);
        assertThat(load.running("other")).isEqualTo(1);
    }

    @Test
    void aShortPromptDoesNotWaitForAnotherCallersLongPrompt() throws EngineFullException {
        Load load = new Load(8, 20);
        Generation book = load.submit("reader", 240, 5);
        load.steps(2);
        Generation word = load.submit("asker", 9, 5);
        load.steps(2);
        assertThat(load.answered(word)).isPositive();
        assertThat(load.answered(book)).isZero();
        // The long one is not starved by short ones.
        for (int step = 0; step < 60; step++) {
            load.submit("asker", 9, 2);
            load.steps(1);
        }
        assertThat(load.answered(book)).isPositive();
    }

    @Test
    void aShortPromptDoesNotWaitForTheSameCallersLongPrompt() throws EngineFullException {
        Load load = new Load(8, 20);
        Generation book = load.submit("same", 240, 5);
        load.steps(2);
        Generation word = load.submit("same", 9, 5);
        load.steps(1);
        assertThat(load.answered(word)).isPositive();
        assertThat(load.answered(book)).isZero();
    }

    @Test
    void aShortPromptDoesNotWaitForManyLongPrompts() throws EngineFullException {
        Load load = new Load(8, 20);
        List<Generation> books = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            books.add(load.submit("same", 200, 5));
        }
        load.steps(5);
        Generation word = load.submit("same", 9, 5);
        load.steps(1);
        assertThat(load.answered(word)).isPositive();
        load.steps(2000);
        assertThat(books).allSatisfy(book -> assertThat(load.answered(book)).isEqualTo(5));
    }

    /** Each new prompt is shorter than the rest of the others, so all of them are started. */
    @Test
    void aShortPromptGetsBlocksFromStartedLongPrompts() throws EngineFullException {
        Load load = new Load(8, 8);
        List<Generation> books = new ArrayList<>();
        for (int length : new int[] {150, 120, 60}) {
            books.add(load.submit("same", length, 2));
            load.steps(1);
        }
        // The three prompts need 22 of 24 blocks, and each answer needs one more.
        Generation word = load.submit("same", 30, 2);
        load.steps(7);
        assertThat(load.answered(word)).isPositive();
        assertThat(books).allSatisfy(book -> assertThat(load.answered(book)).isZero());
        load.steps(300);
        assertThat(books).allSatisfy(book -> assertThat(load.answered(book)).isEqualTo(2));
    }

    @Test
    void aLongPromptThatIsCachedCountsAsShort() throws EngineFullException {
        Load load = new Load(8, 20);
        Generation first = load.submitPrompt("same", 7, 160);
        load.steps(20);
        assertThat(load.answered(first)).isPositive();
        Generation book = load.submit("same", 100, 5);
        load.steps(1);
        Generation again = load.submitPrompt("same", 7, 160);
        load.steps(2);
        assertThat(load.answered(again)).isPositive();
        assertThat(load.answered(book)).isZero();
    }

    @Test
    void stepsOfOneTokenMakeProgress() throws EngineFullException {
        Load load = new Load(8, 2);
        List<Generation> all = new ArrayList<>();
        for (int length = 20; length > 10; length--) {
            all.add(load.submit("a", length, 2));
            all.add(load.submit("b", length, 2));
        }
        load.steps(1000);
        assertThat(all).allSatisfy(each -> assertThat(load.answered(each)).isEqualTo(2));
    }

    @Test
    void theChoicesOfAShortPromptDoNotWaitForALongOne() throws EngineFullException {
        Load load = new Load(8, 40);
        Generation book = load.submit("same", 240, 5);
        load.steps(1);
        Generation choices = load.submit("same", 20, 5, 4);
        load.steps(3);
        assertThat(load.running(choices)).isEqualTo(4);
        assertThat(load.answered(book)).isZero();
    }

    /** In every step, more short prompts of the same caller arrive than a step can compute. */
    @Test
    void shortPromptsDoNotStarveALongOne() throws EngineFullException {
        Load load = new Load(8, 40);
        Generation book = load.submit("same", 160, 1);
        int reserved = 40 / FairQueue.OLDEST_ONE_IN;
        for (int step = 0; step < 160 / reserved; step++) {
            for (int i = 0; i < 4; i++) {
                load.submit("same", 12, 1);
            }
            load.steps(1);
        }
        assertThat(load.answered(book)).as("answer tokens of the long prompt").isPositive();
    }

    @Test
    void shortPromptsDoNotKeepALongOneWaiting() throws EngineFullException {
        Load load = new Load(1, 40);
        for (int i = 0; i < 3; i++) {
            load.submit("same", 9, 3);
        }
        Generation book = load.submit("same", 100, 1);
        for (int step = 0; step < 40; step++) {
            load.submit("same", 9, 3);
            load.steps(1);
        }
        assertThat(load.answered(book)).as("answer tokens of the long prompt").isPositive();
    }

    @Test
    void aPromptThatNeedsAlmostAllBlocksStartsInTheEnd() throws EngineFullException {
        Load load = new Load(8, 20);
        for (int i = 0; i < 6; i++) {
            load.submit("small", 30, 60);
        }
        load.steps(10);
        Generation huge = load.submit("huge", 250, 5);
        for (int step = 0; step < 200; step++) {
            if (step % 5 == 0) {
                load.submit("small", 30, 60);
            }
            load.steps(1);
        }
        assertThat(load.answered(huge)).isPositive();
    }

    /** A scheduler with blocks for one and a half contexts. The test plays the steps. */
    private static final class Load {
        private final EngineLimits limits;
        private final AdmissionControl admission;
        private final Scheduler scheduler;
        private final Batch batch;
        private final Random random = new Random(1);
        private final Set<Generation> started = new HashSet<>();
        private final Map<Generation, Integer> answered = new HashMap<>();
        private List<StepRun> last = List.of();
        private int prompts = 100;

        Load(int maxSequences, int stepTokens) {
            limits =
                    new EngineLimits(
                            CONTEXT,
                            3 * CONTEXT / 2 / 16,
                            maxSequences,
                            stepTokens,
                            stepTokens / 2,
                            1000,
                            1 << 20);
            admission = new AdmissionControl(limits);
            scheduler = new Scheduler(limits, admission, 1024);
            batch = new Batch(limits.maxRows(), limits.maxLogits());
        }

        Generation submit(String caller, int prompt, int answer) throws EngineFullException {
            return submit(caller, prompt, answer, 1);
        }

        Generation submit(String caller, int prompt, int answer, int choices)
                throws EngineFullException {
            return submit(caller, ++prompts, prompt, answer, choices);
        }

        /** Prompts with the same {@code seed} are equal. */
        Generation submitPrompt(String caller, int seed, int prompt) throws EngineFullException {
            return submit(caller, seed, prompt, 5, 1);
        }

        private Generation submit(String caller, int seed, int prompt, int answer, int choices)
                throws EngineFullException {
            int[] tokens = new Random(seed).ints(prompt, 0, 1000).toArray();
            return SchedulerTest.submit(
                    scheduler,
                    admission,
                    SchedulerTest.request(tokens, answer, choices, WantedLogprobs.NONE, caller));
        }

        void steps(int count) {
            for (int i = 0; i < count; i++) {
                last = scheduler.plan(batch).runs();
                for (StepRun run : last) {
                    Generation generation = run.sequence().generation();
                    started.add(generation);
                    int gained = compute(scheduler, run, 0, false, () -> random.nextInt(1000));
                    answered.merge(generation, gained, Integer::sum);
                }
                scheduler.pool().checkIntegrity();
            }
        }

        long startedOf(Generation... generations) {
            return Stream.of(generations).filter(started::contains).count();
        }

        int answered(Generation generation) {
            return answered.getOrDefault(generation, 0);
        }

        long running(Generation generation) {
            return last.stream().filter(each -> each.sequence().generation() == generation).count();
        }

        long running(String caller) {
            return last.stream().filter(each -> each.sequence().caller().equals(caller)).count();
        }
    }

    private static Generation submit(
            Scheduler scheduler, AdmissionControl admission, GenerationRequest request)
            throws EngineFullException {
        Generation generation = new Generation(request, new EndTokens());
        admission.enter(request);
        scheduler.submit(generation);
        return generation;
    }

    /** Plans a step, samples random tokens, and accepts a random part of each proposal. */
    private static void step(Scheduler scheduler, Batch batch, Random random) {
        List<StepRun> runs = scheduler.plan(batch).runs();
        assertThat(runs).extracting(StepRun::sequence).doesNotHaveDuplicates();
        assertThat(runs.isEmpty()).as("a step without work").isEqualTo(scheduler.isIdle());
        for (StepRun run : runs) {
            assertThat(run.sequence().missingBlocks(run.end())).isZero();
            int accepted = random.nextInt(run.proposal().size() + 1);
            boolean ends = random.nextInt(50) == 0;
            compute(scheduler, run, accepted, ends, () -> random.nextInt(4));
        }
    }

    /**
     * Plays the engine: takes the first {@code accepted} proposed tokens and then sampled ones.
     *
     * @return how many tokens the answer gained
     */
    private static int compute(
            Scheduler scheduler, StepRun run, int accepted, boolean ends, IntSupplier sampled) {
        Sequence sequence = run.sequence();
        int before = sequence.length();
        if (run.purpose() == StepRun.Purpose.SAMPLE) {
            for (int i = 0; i < accepted && sequence.remainingTokens() > 0; i++) {
                sequence.append(run.proposal().tokens()[i]);
            }
            while (sequence.remainingTokens() > 0 && sequence.followsProposal(run)) {
                sequence.append(sampled.getAsInt());
            }
            if (ends || sequence.remainingTokens() == 0) {
                sequence.finish(FinishReason.LENGTH);
            }
        }
        if (run.purpose() == StepRun.Purpose.SCORE) {
            PromptScores scores = sequence.promptScores().orElseThrow();
            for (int row = run.start(); row < run.end(); row++) {
                scores.score(row, new float[4]);
            }
        }
        sequence.complete(run);
        sequence.delivery().deliver(run);
        scheduler.advance(run);
        return sequence.length() - before;
    }

    private static GenerationRequest request(Random random) {
        int length = 1 + random.nextInt(CONTEXT / 2);
        // With few different tokens, prefixes are shared and drafts are found.
        int[] prompt = new Random(random.nextInt(6)).ints(length, 0, 4).toArray();
        return request(
                prompt,
                1 + random.nextInt(CONTEXT - length),
                1 + random.nextInt(3),
                random.nextInt(4) == 0
                        ? new WantedLogprobs(OptionalInt.empty(), OptionalInt.of(0))
                        : WantedLogprobs.NONE,
                "caller " + random.nextInt(3));
    }

    private static GenerationRequest request(
            int[] prompt, int answer, int choices, WantedLogprobs logprobs, String caller) {
        return new GenerationRequest(
                prompt,
                new GenerationRequest.Length(answer, 0, FinishReason.LENGTH),
                new SamplingParams(0, 1, 1, 0, 0),
                choices,
                GenerationRequest.Guidance.NONE,
                logprobs,
                new GenerationRequest.Owner(caller, ""));
    }
}
