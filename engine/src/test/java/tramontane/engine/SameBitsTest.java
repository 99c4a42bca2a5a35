package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.sampling.SamplingParams;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVocabulary;

/** The tokens of a request depend on the request alone, not on how it is scheduled. */
class SameBitsTest {
    private static final int PROMPT = 70;
    private static final int ANSWER = 48;
    private static final int PLENTY = 600;

    private static final SamplingParams GREEDY = new SamplingParams(0, 1, 0, 0, 0);
    private static final SamplingParams SAMPLED = new SamplingParams(4, 0.95, 1234, 0.3, 0.2);

    static Stream<TinyModel> models() {
        return Stream.of(
                        Architecture.LLAMA,
                        Architecture.QWEN2,
                        Architecture.GEMMA3,
                        Architecture.MIXTRAL,
                        Architecture.QWEN3MOE,
                        Architecture.MISTRAL4)
                .map(TinyModel::of);
    }

    @ParameterizedTest
    @MethodSource("models")
    void sameTokensAloneAndAmongOtherRequests(TinyModel model) throws Exception {
        for (SamplingParams sampling : List.of(GREEDY, SAMPLED)) {
            List<Integer> alone = alone(model, sampling, new ScalarKernels());
            try (TinyEngine tiny =
                    new TinyEngine(model, KernelChoice.of(""), 2, TinyEngine.limits(PLENTY, 64))) {
                Random random = new Random(7);
                List<Generation> others = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    others.add(tiny.engine.submit(other(random)));
                }
                Generation mine =
                        tiny.engine.submit(TinyEngine.request(prompt(1), ANSWER, sampling));
                for (int i = 0; i < 8; i++) {
                    others.add(tiny.engine.submit(other(random)));
                    others.get(random.nextInt(others.size())).cancel();
                }
                assertThat(TinyEngine.answer(mine).getFirst()).isEqualTo(alone);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void sameTokensWithStepsOfAnySize(TinyModel model) throws Exception {
        List<Integer> alone = alone(model, SAMPLED, new ScalarKernels());
        for (int chunk : new int[] {1, 2, 3, 15, 16, 17, 64, 512}) {
            try (TinyEngine tiny =
                    new TinyEngine(
                            model, KernelChoice.of(""), 1, TinyEngine.limits(PLENTY, chunk))) {
                assertThat(tiny.answer(TinyEngine.request(prompt(1), ANSWER, SAMPLED)))
                        .as("chunks of %d", chunk)
                        .isEqualTo(alone);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void sameTokensWithAColdAndAWarmCache(TinyModel model) throws Exception {
        List<Integer> alone = alone(model, SAMPLED, new ScalarKernels());
        try (TinyEngine tiny =
                new TinyEngine(model, KernelChoice.of(""), 2, TinyEngine.limits(PLENTY, 64))) {
            for (int round = 0; round < 3; round++) {
                Generation generation =
                        tiny.engine.submit(TinyEngine.request(prompt(1), ANSWER, SAMPLED));
                assertThat(TinyEngine.answer(generation).getFirst()).isEqualTo(alone);
                assertThat(generation.counts().cachedTokens())
                        .isEqualTo(round == 0 ? 0 : PROMPT / 16 * 16);
            }
            Generation stranger =
                    tiny.engine.submit(
                            TinyEngine.request(
                                    prompt(1), 1, SAMPLED, 1, new int[0], "another key"));
            TinyEngine.answer(stranger);
            assertThat(stranger.counts().cachedTokens()).as("caches of different keys").isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void sameTokensWithAnyPrediction(TinyModel model) throws Exception {
        for (SamplingParams sampling : List.of(GREEDY, SAMPLED)) {
            List<Integer> alone = alone(model, sampling, new ScalarKernels());
            int[] right = alone.stream().mapToInt(Integer::intValue).toArray();
            int[] edited = right.clone();
            edited[ANSWER / 3] ^= 1;
            int[] shifted = java.util.Arrays.copyOfRange(right, 5, right.length);
            try (TinyEngine tiny =
                    new TinyEngine(model, KernelChoice.of(""), 2, TinyEngine.limits(PLENTY, 64))) {
                for (int[] prediction : List.of(right, edited, shifted, prompt(99))) {
                    Generation generation =
                            tiny.engine.submit(
                                    TinyEngine.request(
                                            prompt(1), ANSWER, sampling, 1, prediction, ""));
                    assertThat(TinyEngine.answer(generation).getFirst()).isEqualTo(alone);
                    if (prediction == right) {
                        assertThat(generation.counts().acceptedDrafts()).isGreaterThan(ANSWER / 2);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void sameTokensAfterPreemption(TinyModel model) throws Exception {
        List<Integer> alone = alone(model, SAMPLED, new ScalarKernels());
        int blocks = 512 / 16 + 1;
        try (TinyEngine tiny =
                new TinyEngine(model, KernelChoice.of(""), 2, TinyEngine.limits(blocks, 64))) {
            List<Generation> generations = new ArrayList<>();
            for (int i = 0; i < 12; i++) {
                generations.add(tiny.engine.submit(TinyEngine.request(prompt(i + 2), 120, GREEDY)));
                generations.add(tiny.engine.submit(TinyEngine.request(prompt(1), ANSWER, SAMPLED)));
            }
            for (int i = 1; i < generations.size(); i += 2) {
                assertThat(TinyEngine.answer(generations.get(i)).getFirst()).isEqualTo(alone);
            }
            assertThat(tiny.engine.load().preemptions()).isGreaterThan(3);
        }
    }

    @ParameterizedTest
    @MethodSource("models")
    void theFirstOfSeveralChoicesEqualsASingleOne(TinyModel model) throws Exception {
        List<Integer> alone = alone(model, SAMPLED, new ScalarKernels());
        try (TinyEngine tiny =
                new TinyEngine(model, KernelChoice.of(""), 2, TinyEngine.limits(PLENTY, 64))) {
            Generation generation =
                    tiny.engine.submit(
                            TinyEngine.request(prompt(1), ANSWER, SAMPLED, 3, new int[0], ""));
            List<List<Integer>> answers = TinyEngine.answer(generation);
            assertThat(answers.getFirst()).isEqualTo(alone);
            assertThat(answers).doesNotHaveDuplicates();
        }
    }

    private static List<Integer> alone(TinyModel model, SamplingParams sampling, Kernels kernels)
            throws Exception {
        try (TinyEngine tiny = new TinyEngine(model, kernels, 1, TinyEngine.limits(PLENTY, 512))) {
            return tiny.answer(TinyEngine.request(prompt(1), ANSWER, sampling));
        }
    }

    private static GenerationRequest other(Random random) {
        SamplingParams sampling =
                new SamplingParams(random.nextDouble(), 1, random.nextLong(), 0, 0);
        return TinyEngine.request(prompt(random.nextInt(4)), 1 + random.nextInt(60), sampling);
    }

    private static int[] prompt(int seed) {
        return new Random(seed).ints(PROMPT, 0, TinyVocabulary.END_OF_TEXT).toArray();
    }
}
