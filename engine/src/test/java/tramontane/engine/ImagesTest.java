package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.draft.Drafter;
import tramontane.draft.StepCostModel;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.TokenLogprobs;
import tramontane.testkit.TinyImageEncoder;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVisionFiles;
import tramontane.testkit.TinyVocabulary;
import tramontane.vision.VisionGoldens;
import tramontane.vision.VisionModel;

/** Answers to prompts with pictures: as transformers gives them, and the same however they run. */
class ImagesTest {
    private static final int PLENTY = 600;
    private static final SamplingParams GREEDY = new SamplingParams(0, 1, 0, 0, 0);
    private static final SamplingParams SAMPLED = new SamplingParams(4, 0.95, 1234, 0.3, 0.2);

    /**
     * Keys and values are fp16 here and fp32 in the reference. The largest difference of a
     * log-probability was 0.0104 with Pixtral and 0.0066 with Gemma 3. If rows of a picture do not
     * see those behind it, or also those before the window, it is more than 0.5.
     */
    private static final double TOLERANCE = 0.015;

    /** Scalar answers, which many tests compare with. */
    private static final Map<String, List<Integer>> ALONE = new HashMap<>();

    @TempDir static Path folder;
    private static PictureFamily pixtral;
    private static PictureFamily gemma;
    private static List<PictureFamily> families;

    @BeforeAll
    static void encodePictures() throws InterruptedException {
        pixtral = PictureFamily.pixtral(folder);
        gemma = PictureFamily.gemma(folder);
        families = List.of(pixtral, gemma);
    }

    @Test
    void logprobsAreThoseOfTransformers() throws Exception {
        Map<String, Double> distances = new HashMap<>();
        for (VisionGoldens.Logits golden : VisionGoldens.logits()) {
            TinyImageEncoder tiny =
                    TinyVisionFiles.all().stream()
                            .filter(each -> each.label().equals(golden.encoder()))
                            .findFirst()
                            .orElseThrow();
            PictureFamily family = golden.text().startsWith("gemma3") ? gemma : pixtral;
            assertThat(golden.text()).isEqualTo(family.text().label());
            try (VisionModel vision = PictureFamily.load(tiny, folder);
                    TinyEngine engine = engine(family, new ScalarKernels(), 1, 64)) {
                distances.merge(tiny.label(), distance(golden, vision, engine), Math::max);
            }
        }
        assertThat(distances)
                .containsOnlyKeys(
                        "pixtral-f32-1",
                        "pixtral-f32-2",
                        "pixtral-f32-2-96",
                        "siglip-f32-1",
                        "siglip-f32-2");
        assertThat(distances.values())
                .as(distances.toString())
                .allMatch(distance -> distance < TOLERANCE);
    }

    /** The largest difference in log-probability of the 20 most probable tokens. */
    private static double distance(
            VisionGoldens.Logits golden, VisionModel vision, TinyEngine engine) throws Exception {
        List<PromptImage> images = new ArrayList<>();
        for (VisionGoldens.Placed placed : golden.images()) {
            images.add(new PromptImage(placed.position(), vision.embed(placed.pixels())));
        }
        GenerationRequest request =
                new GenerationRequest(
                        new GenerationRequest.Prompt(golden.tokens(), images),
                        new GenerationRequest.Length(1, 0, FinishReason.LENGTH),
                        GREEDY,
                        1,
                        GenerationRequest.Guidance.NONE,
                        PictureFamily.SCORED,
                        new GenerationRequest.Owner("test", ""));
        TokenLogprobs ours = logprobs(engine.engine.submit(request)).get(golden.position());
        double sum = 0;
        for (float logit : golden.logits()) {
            sum += Math.exp(logit);
        }
        double largest = 0;
        for (int i = 0; i < ours.topTokens().length; i++) {
            double reference = golden.logits()[ours.topTokens()[i]] - Math.log(sum);
            largest = Math.max(largest, Math.abs(ours.topLogprobs()[i] - reference));
        }
        return largest;
    }

    /** Those of the prompt, then those of the answer. */
    private static List<TokenLogprobs> logprobs(Generation generation) throws Exception {
        List<TokenLogprobs> all = new ArrayList<>();
        while (true) {
            switch (generation.poll(Duration.ofMinutes(5)).orElseThrow()) {
                case GenerationEvent.PromptScored(var logprobs) -> all.addAll(logprobs);
                case GenerationEvent.Token(int choice, int token, var logprobs) ->
                        all.add(logprobs.orElseThrow());
                case GenerationEvent.Finished finished -> {
                    return all;
                }
                case GenerationEvent.Failed(String reason) -> throw new AssertionError(reason);
            }
        }
    }

    private static TinyEngine engine(
            PictureFamily family, Kernels kernels, int threads, int stepTokens) throws IOException {
        return new TinyEngine(
                family.text(), kernels, threads, TinyEngine.limits(PLENTY, stepTokens));
    }

    private static List<Integer> alone(PictureFamily family, int first, int second)
            throws Exception {
        String key = family.text().label() + " " + first + " " + second;
        if (!ALONE.containsKey(key)) {
            try (TinyEngine tiny = engine(family, new ScalarKernels(), 1, 512)) {
                ALONE.put(key, tiny.answer(family.request(SAMPLED, 1, first, second)));
            }
        }
        return ALONE.get(key);
    }

    @Test
    void anAnswerDependsOnThePictures() throws Exception {
        for (PictureFamily family : families) {
            assertThat(alone(family, 0, 1))
                    .isNotEqualTo(alone(family, 1, 0))
                    .isNotEqualTo(alone(family, 0, 2));
        }
    }

    @Test
    void theSameTokensWithStepsOfAnySize() throws Exception {
        check(pixtral, 1, 3, 7, 16, 17, 64);
        // A step has room for a picture whose rows see one another.
        check(gemma, 16, 17, 23, 40, 64);
    }

    private static void check(PictureFamily family, int... steps) throws Exception {
        List<Integer> alone = alone(family, 0, 1);
        for (int step : steps) {
            try (TinyEngine tiny = engine(family, KernelChoice.of(""), 2, step)) {
                assertThat(tiny.answer(family.request(SAMPLED, 1, 0, 1)))
                        .as("steps of %d", step)
                        .isEqualTo(alone);
            }
        }
    }

    @Test
    void theSameTokensBesideOthersAndFromTheCache() throws Exception {
        for (PictureFamily family : families) {
            besideOthersAndFromTheCache(family);
        }
    }

    private static void besideOthersAndFromTheCache(PictureFamily family) throws Exception {
        Map<List<Integer>, List<Integer>> alone = new HashMap<>();
        List<List<Integer>> pairs =
                List.of(List.of(0, 1), List.of(0, 2), List.of(1, 0), List.of(2, 2));
        for (List<Integer> pair : pairs) {
            alone.put(pair, alone(family, pair.getFirst(), pair.getLast()));
        }
        try (TinyEngine tiny = engine(family, KernelChoice.of(""), 2, 32)) {
            for (int round = 0; round < 2; round++) {
                List<Generation> generations = new ArrayList<>();
                for (List<Integer> pair : pairs) {
                    generations.add(
                            tiny.engine.submit(
                                    family.request(SAMPLED, 1, pair.getFirst(), pair.getLast())));
                }
                for (int i = 0; i < pairs.size(); i++) {
                    assertThat(TinyEngine.answer(generations.get(i)).getFirst())
                            .isEqualTo(alone.get(pairs.get(i)));
                    if (round == 1) {
                        int prompt = generations.get(i).request().prompt().length;
                        assertThat(generations.get(i).counts().cachedTokens())
                                .isEqualTo((prompt - 1) / 16 * 16);
                    }
                }
            }
        }
    }

    /** The cache has the text before the pictures, but not another picture. */
    @Test
    void theCacheTellsPicturesApart() throws Exception {
        for (PictureFamily family : families) {
            try (TinyEngine tiny = engine(family, KernelChoice.of(""), 1, 64)) {
                tiny.answer(family.request(SAMPLED, 1, 0, 1));
                GenerationRequest other = family.request(SAMPLED, 1, 0, 2);
                int second = other.input().images().getLast().firstPosition();
                assertThat(tiny.engine.cachedTokens(other.input(), other.owner()))
                        .hasValue(second / 16 * 16);
                GenerationRequest swapped = family.request(SAMPLED, 1, 2, 1);
                assertThat(tiny.engine.cachedTokens(swapped.input(), swapped.owner())).hasValue(0);
                assertThat(tiny.answer(other)).isEqualTo(alone(family, 0, 2));
            }
        }
    }

    @Test
    void theSameTokensAfterPreemption() throws Exception {
        for (PictureFamily family : families) {
            afterPreemption(family);
        }
    }

    /**
     * When sequences are preempted depends on the threads, so the load is repeated until some are.
     */
    private static void afterPreemption(PictureFamily family) throws Exception {
        List<Integer> alone = alone(family, 0, 1);
        EngineLimits limits = TinyEngine.limits(512 / 16 + 1, 64);
        try (TinyEngine tiny = new TinyEngine(family.text(), KernelChoice.of(""), 2, limits)) {
            while (tiny.engine.load().preemptions() <= 3) {
                List<Generation> generations = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    int[] text = new int[70];
                    Arrays.setAll(text, k -> (k * 7 + generations.size()) % 500);
                    generations.add(tiny.engine.submit(TinyEngine.request(text, 120, GREEDY)));
                    generations.add(tiny.engine.submit(family.request(SAMPLED, 1, 0, 1)));
                }
                for (int i = 0; i < generations.size(); i++) {
                    List<Integer> answer = TinyEngine.answer(generations.get(i)).getFirst();
                    if (i % 2 == 1) {
                        assertThat(answer).isEqualTo(alone);
                    }
                }
            }
        }
    }

    @Test
    void choicesShareThePicturesOfTheirPrompt() throws Exception {
        for (PictureFamily family : families) {
            try (TinyEngine tiny = engine(family, KernelChoice.of(""), 2, 64)) {
                List<List<Integer>> answers =
                        TinyEngine.answer(tiny.engine.submit(family.request(SAMPLED, 3, 0, 1)));
                assertThat(answers.getFirst()).isEqualTo(alone(family, 0, 1));
                assertThat(answers).doesNotHaveDuplicates();
            }
        }
    }

    @Test
    void aPictureOfAnotherModelIsRefused() throws Exception {
        EngineLimits limits = TinyEngine.limits(PLENTY, 64);
        TinyModel wide = pixtral.text().withWidth(128);
        try (TinyEngine tiny = new TinyEngine(wide, KernelChoice.of(""), 1, limits)) {
            assertThatThrownBy(() -> tiny.engine.submit(pixtral.request(SAMPLED, 1, 0, 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("rows of 64 elements for a model of width 128");
        }
    }

    @Test
    void aPictureThatNoStepHoldsIsRefused() throws Exception {
        try (TinyEngine tiny = engine(gemma, KernelChoice.of(""), 1, 15)) {
            assertThatThrownBy(() -> tiny.engine.submit(gemma.request(SAMPLED, 1, 0, 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("16 rows");
        }
    }

    /** Pictures far behind the window and across sections of the attention. */
    @Test
    void logprobsHaveTheSameBitsHoweverThePromptIsDivided() throws Exception {
        List<List<Long>> all = new ArrayList<>();
        for (Kernels kernels : List.of(new ScalarKernels(), KernelChoice.of(""))) {
            for (int step : new int[] {64, 600}) {
                EngineLimits limits = new EngineLimits(700, PLENTY, 2, step, step, 8, 1 << 20);
                try (TinyEngine tiny = new TinyEngine(gemma.text(), kernels, 2, limits)) {
                    GenerationRequest request = gemma.longRequest(488, 505);
                    all.add(
                            logprobs(tiny.engine.submit(request)).stream()
                                    .map(each -> Double.doubleToRawLongBits(each.logprob()))
                                    .toList());
                }
            }
        }
        assertThat(all.getFirst()).hasSizeGreaterThan(520);
        assertThat(all).allSatisfy(each -> assertThat(each).isEqualTo(all.getFirst()));
    }

    /** The tokens before a picture occur again in the answer, where the rows would follow. */
    @Test
    void noRowOfAPictureIsDrafted() {
        Drafter drafter = new Drafter(new int[0]);
        int[] tokens = {1, 2, 3, 4, -1, -1, 9, 1, 2, 3, 4};
        StepCostModel costs = new StepCostModel();
        costs.startStep(1);
        assertThat(drafter.propose(tokens, tokens.length, 8, costs, new int[0])).isEmpty();
        int[] later = {1, 2, 3, 4, 5, -1, -1, 9, 1, 2, 3, 4};
        assertThat(new Drafter(new int[0]).propose(later, later.length, 8, costs, new int[0]))
                .doesNotContain(-1);
    }

    @Test
    void vocabularyHasNoImageIds() {
        assertThat(ImageTokens.isImage(0)).isFalse();
        assertThat(ImageTokens.isImage(TinyVocabulary.SIZE)).isFalse();
    }
}
