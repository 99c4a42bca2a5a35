package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tramontane.grammar.Constraint;
import tramontane.kernel.choice.KernelChoice;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVocabulary;

/** Every answer matches its constraint, for any logits. */
class ConstraintTest {
    private static final TinyModel MODEL = TinyModel.of(Architecture.LLAMA);
    private static final int PLENTY = 600;

    /** A temperature at which all tokens are about equally probable. */
    private static SamplingParams hot(long seed) {
        return new SamplingParams(50, 1, seed, 0, 0);
    }

    private record Answer(List<Integer> tokens, FinishReason reason, int counted) {}

    @Test
    void everyAnswerMatchesTheConstraintAtAnyLimit() throws Exception {
        try (TinyEngine tiny = engine(PLENTY)) {
            for (int max = 3; max <= 40; max++) {
                for (int seed = 0; seed < 8; seed++) {
                    Answer answer =
                            answers(tiny, request(Nested.start(), max, hot(seed), 1)).getFirst();
                    assertThat(Nested.accepts(answer.tokens))
                            .as("%s at most %d: %s", answer.tokens, max, seed)
                            .isTrue();
                    assertThat(answer.tokens.size()).isLessThanOrEqualTo(max);
                    assertThat(answer.counted).isEqualTo(answer.tokens.size());
                }
            }
        }
    }

    @Test
    void theReasonIsLengthWhenTheLimitShortenedTheText() throws Exception {
        try (TinyEngine tiny = engine(PLENTY)) {
            for (int seed = 0; seed < 20; seed++) {
                Answer free = answers(tiny, request(Nested.start(), 300, hot(seed), 1)).getFirst();
                Answer tight = answers(tiny, request(Nested.start(), 7, hot(seed), 1)).getFirst();
                boolean asLong = tight.tokens.equals(free.tokens);
                assertThat(tight.reason)
                        .as("%s against %s", tight.tokens, free.tokens)
                        .isEqualTo(asLong ? free.reason : FinishReason.LENGTH);
            }
        }
    }

    @Test
    void appendingForcedTokensWithoutSamplingChangesNoAnswer() throws Exception {
        for (SamplingParams sampling : List.of(hot(1), hot(2), new SamplingParams(0, 1, 0, 0, 0))) {
            List<Answer> forced;
            List<Answer> unforced;
            try (TinyEngine tiny = engine(PLENTY)) {
                forced = answers(tiny, request(Nested.start(), 60, sampling, 4));
            }
            try (TinyEngine tiny = engine(PLENTY)) {
                unforced =
                        answers(
                                tiny,
                                request(new Nested.Unforced(Nested.start()), 60, sampling, 4));
            }
            assertThat(forced).isEqualTo(unforced);
        }
    }

    @Test
    void schedulingAndDraftsChangeNoConstrainedToken() throws Exception {
        List<Answer> alone;
        try (TinyEngine tiny = engine(PLENTY)) {
            alone = answers(tiny, request(Nested.start(), 80, hot(5), 2));
        }
        int[] prediction = alone.getFirst().tokens.stream().mapToInt(token -> token).toArray();
        int tight = 512 / 16 + 1;
        for (int blocks : new int[] {tight, PLENTY}) {
            for (int chunk : new int[] {1, 7, 512}) {
                try (TinyEngine tiny =
                        new TinyEngine(
                                MODEL, KernelChoice.of(""), 2, TinyEngine.limits(blocks, chunk))) {
                    List<Generation> others = new ArrayList<>();
                    for (int i = 0; i < 10; i++) {
                        others.add(
                                tiny.engine.submit(request(Nested.start(), 100, hot(i + 20), 1)));
                        others.add(tiny.engine.submit(TinyEngine.request(prompt(i), 90, hot(i))));
                    }
                    Generation plain = tiny.engine.submit(request(Nested.start(), 80, hot(5), 2));
                    Generation drafted =
                            tiny.engine.submit(request(Nested.start(), 80, hot(5), 2, prediction));
                    assertThat(read(plain)).isEqualTo(alone);
                    assertThat(read(drafted)).isEqualTo(alone);
                    others.forEach(Generation::cancel);
                }
            }
        }
    }

    @Test
    void draftsThatTheConstraintForbidsAreNotComputed() throws Exception {
        try (TinyEngine tiny = engine(PLENTY)) {
            int[] nonsense = new Random(1).ints(60, 200, 250).toArray();
            Generation generation =
                    tiny.engine.submit(request(Nested.start(), 60, hot(3), 1, nonsense));
            read(generation);
            assertThat(generation.counts().rejectedDrafts()).isZero();
        }
    }

    @Test
    void aTextThatIsForcedCompletelyNeedsNoSampling() throws Exception {
        Constraint word = Nested.start().after(Nested.KEY).after(Nested.COLON);
        Constraint over = word.after('a');
        try (TinyEngine tiny = engine(PLENTY)) {
            Answer answer = answers(tiny, request(over, 5, hot(1), 1)).getFirst();
            assertThat(answer).isEqualTo(new Answer(List.of(), FinishReason.STOP, 0));
        }
    }

    @Test
    void aLimitBelowTheShortestTextIsRefused() throws Exception {
        try (TinyEngine tiny = engine(PLENTY)) {
            assertThatThrownBy(() -> tiny.engine.submit(request(Nested.start(), 2, hot(1), 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("3 tokens");
        }
    }

    @Test
    void aFailingConstraintEndsOnlyItsOwnAnswer() throws Exception {
        try (TinyEngine tiny = engine(PLENTY)) {
            Generation other = tiny.engine.submit(TinyEngine.request(prompt(2), 60, hot(2)));
            Generation broken =
                    tiny.engine.submit(
                            request(new Nested.Broken(Nested.start(), 2), 300, hot(6), 1));
            assertThatThrownBy(() -> read(broken))
                    .isInstanceOf(AssertionError.class)
                    .hasMessageContaining("broken on purpose");
            assertThat(read(other)).hasSize(1);
        }
    }

    @Test
    void noAnswerEndsBeforeTheMinimumLength() throws Exception {
        // At this temperature one token in 250 ends an answer, so many would be shorter.
        try (TinyEngine tiny = engine(PLENTY)) {
            int shorter = 0;
            for (int seed = 0; seed < 40; seed++) {
                GenerationRequest free = TinyEngine.request(prompt(1), 200, hot(seed));
                GenerationRequest withMinimum =
                        new GenerationRequest(
                                free.prompt(),
                                new GenerationRequest.Length(200, 150, FinishReason.LENGTH),
                                free.sampling(),
                                1,
                                free.guidance(),
                                free.logprobs(),
                                free.owner());
                shorter += tiny.answer(free).size() < 150 ? 1 : 0;
                assertThat(tiny.answer(withMinimum).size()).isGreaterThanOrEqualTo(150);
            }
            assertThat(shorter).isPositive();
        }
    }

    private static TinyEngine engine(int blocks) throws Exception {
        return new TinyEngine(MODEL, KernelChoice.of(""), 2, TinyEngine.limits(blocks, 64));
    }

    private static GenerationRequest request(
            Constraint constraint, int max, SamplingParams sampling, int choices) {
        return request(constraint, max, sampling, choices, new int[0]);
    }

    private static GenerationRequest request(
            Constraint constraint,
            int max,
            SamplingParams sampling,
            int choices,
            int[] prediction) {
        return new GenerationRequest(
                prompt(1),
                new GenerationRequest.Length(max, 0, FinishReason.LENGTH),
                sampling,
                choices,
                new GenerationRequest.Guidance(Optional.of(constraint), prediction),
                WantedLogprobs.NONE,
                new GenerationRequest.Owner("test", ""));
    }

    private static List<Answer> answers(TinyEngine tiny, GenerationRequest request)
            throws Exception {
        return read(tiny.engine.submit(request));
    }

    private static List<Answer> read(Generation generation) throws InterruptedException {
        int open = generation.request().choices();
        List<List<Integer>> tokens = new ArrayList<>();
        List<Answer> answers = new ArrayList<>();
        for (int choice = 0; choice < open; choice++) {
            tokens.add(new ArrayList<>());
            answers.add(new Answer(List.of(), FinishReason.STOP, -1));
        }
        while (open > 0) {
            switch (generation.poll(Duration.ofMinutes(5)).orElseThrow()) {
                case GenerationEvent.PromptScored scored -> {}
                case GenerationEvent.Token(int choice, int token, var logprobs) ->
                        tokens.get(choice).add(token);
                case GenerationEvent.Finished(int choice, FinishReason reason, int count) -> {
                    answers.set(choice, new Answer(tokens.get(choice), reason, count));
                    open--;
                }
                case GenerationEvent.Failed(String reason) -> throw new AssertionError(reason);
            }
        }
        return answers;
    }

    private static int[] prompt(int seed) {
        return new Random(seed).ints(50, 0, TinyVocabulary.END_OF_TEXT).toArray();
    }
}
