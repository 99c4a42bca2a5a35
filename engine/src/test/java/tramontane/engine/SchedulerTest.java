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
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
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
        WaitingRoom room = new WaitingRoom(limits);
        Scheduler scheduler = new Scheduler(limits, room, 1024);
        Batch batch = new Batch(limits.maxRows(), limits.maxLogits());
        List<Generation> generations = new ArrayList<>();
        int arrivals = 0;
        int steps = 0;
        while (arrivals < 300 || !scheduler.isIdle()) {
            if (arrivals < 300 && random.nextInt(3) == 0) {
                generations.add(submit(scheduler, room, request(random)));
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
        assertThat(room.tokens()).isZero();
        assertThat(room.requests()).isZero();
    }

    @Test
    void aCallerWithManyRequestsKeepsNobodyOutOfTheEngine() throws EngineFullException {
        Load load = new Load(4, 40);
        for (int i = 0; i < 50; i++) {
            load.submit("many", 30, 200);
        }
        load.steps(20);
        assertThat(load.running("many")).isEqualTo(4);
        Generation first = load.submit("other", 30, 200);
        Generation second = load.submit("other", 30, 200);
        load.steps(6);
        assertThat(load.beganOf(first, second)).as("half of the places").isEqualTo(2);
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
    void ofOneCallersLongPromptAnotherCallersShortOneDoesNotWait() throws EngineFullException {
        Load load = new Load(8, 20);
        Generation book = load.submit("reader", 240, 5);
        load.steps(2);
        Generation word = load.submit("asker", 9, 5);
        load.steps(2);
        assertThat(load.answered(word)).isPositive();
        assertThat(load.answered(book)).isZero();
        // Nor does the long one starve behind short ones.
        for (int step = 0; step < 60; step++) {
            load.submit("asker", 9, 2);
            load.steps(1);
        }
        assertThat(load.answered(book)).isPositive();
    }

    @Test
    void ofOneCallersPromptsTheShortOneDoesNotWait() throws EngineFullException {
        Load load = new Load(8, 20);
        Generation book = load.submit("same", 240, 5);
        load.steps(2);
        Generation word = load.submit("same", 9, 5);
        load.steps(1);
        assertThat(load.answered(word)).isPositive();
        assertThat(load.answered(book)).isZero();
    }

    @Test
    void manyLongPromptsDoNotHoldUpAShortOne() throws EngineFullException {
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

    /** Each new prompt is shorter than what is left of the others, so all of them are begun. */
    @Test
    void aShortPromptFindsRoomInAPoolFullOfBegunPrompts() throws EngineFullException {
        Load load = new Load(8, 8);
        List<Generation> books = new ArrayList<>();
        for (int length : new int[] {150, 120, 60}) {
            books.add(load.submit("same", length, 2));
            load.steps(1);
        }
        // The three need 22 of 24 blocks, and one more each for their answers.
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
    void stepsOfOneTokenMakeProgressToo() throws EngineFullException {
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

    /** Short prompts of the same caller come in every step, more than a step can compute. */
    @Test
    void shortPromptsDoNotStarveALongOne() throws EngineFullException {
        Load load = new Load(8, 40);
        Generation book = load.submit("same", 160, 1);
        int reserved = 40 / PromptShares.OLDEST_ONE_IN;
        for (int step = 0; step < 160 / reserved; step++) {
            for (int i = 0; i < 4; i++) {
                load.submit("same", 12, 1);
            }
            load.steps(1);
        }
        assertThat(load.answered(book)).as("answer tokens of the long prompt").isPositive();
    }

    @Test
    void shortPromptsDoNotKeepALongOneOutOfTheLastPlace() throws EngineFullException {
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
    void aPromptThatNeedsAlmostAllBlocksIsNotPassedByForEver() throws EngineFullException {
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

    /** A scheduler of a pool of one context and a half, whose steps are played. */
    private static final class Load {
        private final EngineLimits limits;
        private final WaitingRoom room;
        private final Scheduler scheduler;
        private final Batch batch;
        private final Random random = new Random(1);
        private final Set<Generation> begun = new HashSet<>();
        private final Map<Generation, Integer> answered = new HashMap<>();
        private List<Sequence> last = List.of();
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
            room = new WaitingRoom(limits);
            scheduler = new Scheduler(limits, room, 1024);
            batch = new Batch(limits.maxRows(), limits.maxLogits());
        }

        Generation submit(String caller, int prompt, int answer) throws EngineFullException {
            return submit(caller, prompt, answer, 1);
        }

        Generation submit(String caller, int prompt, int answer, int choices)
                throws EngineFullException {
            return submit(caller, ++prompts, prompt, answer, choices);
        }

        /** The same {@code seed} makes the same prompt. */
        Generation submitPrompt(String caller, int seed, int prompt) throws EngineFullException {
            return submit(caller, seed, prompt, 5, 1);
        }

        private Generation submit(String caller, int seed, int prompt, int answer, int choices)
                throws EngineFullException {
            int[] tokens = new Random(seed).ints(prompt, 0, 1000).toArray();
            return SchedulerTest.submit(
                    scheduler,
                    room,
                    SchedulerTest.request(tokens, answer, choices, WantedLogprobs.NONE, caller));
        }

        void steps(int count) {
            for (int i = 0; i < count; i++) {
                last = List.copyOf(scheduler.plan(batch));
                for (Sequence sequence : last) {
                    begun.add(sequence.generation);
                    if (sequence.logits >= 0) {
                        sequence.append(random.nextInt(1000));
                        answered.merge(sequence.generation, 1, Integer::sum);
                    }
                    sequence.finished = sequence.left() <= 0;
                    scheduler.advance(sequence, sequence.stepEnd - sequence.proposed);
                }
                scheduler.pool().checkIntegrity();
            }
        }

        long beganOf(Generation... generations) {
            return Stream.of(generations).filter(begun::contains).count();
        }

        int answered(Generation generation) {
            return answered.getOrDefault(generation, 0);
        }

        long running(Generation generation) {
            return last.stream().filter(each -> each.generation == generation).count();
        }

        long running(String caller) {
            return last.stream().filter(each -> each.caller().equals(caller)).count();
        }
    }

    private static Generation submit(
            Scheduler scheduler, WaitingRoom room, GenerationRequest request)
            throws EngineFullException {
        Generation generation = new Generation(request, new EndTokens());
        room.enter(request);
        scheduler.submit(generation);
        return generation;
    }

    /** Computes nothing, draws random tokens, and confirms a random part of what was proposed. */
    private static void step(Scheduler scheduler, Batch batch, Random random) {
        List<Sequence> planned = List.copyOf(scheduler.plan(batch));
        assertThat(planned).doesNotHaveDuplicates();
        assertThat(planned.isEmpty()).as("a step without work").isEqualTo(scheduler.isIdle());
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
