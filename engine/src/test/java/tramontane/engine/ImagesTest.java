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
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.TokenLogprobs;
import tramontane.sampling.WantedLogprobs;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVision;
import tramontane.testkit.TinyVisionFiles;
import tramontane.testkit.TinyVocabulary;
import tramontane.vision.ImagePixels;
import tramontane.vision.ImageRows;
import tramontane.vision.VisionGoldens;
import tramontane.vision.VisionModel;

/** Answers to prompts with pictures: as transformers gives them, and the same however they run. */
class ImagesTest {
    private static final int IMG = 500;
    private static final int BREAK = 501;
    private static final int END = 502;
    private static final int ANSWER = 40;
    private static final int PLENTY = 600;
    private static final SamplingParams GREEDY = new SamplingParams(0, 1, 0, 0, 0);
    private static final SamplingParams SAMPLED = new SamplingParams(4, 0.95, 1234, 0.3, 0.2);
    private static final TinyModel TEXT = TinyModel.of(Architecture.LLAMA);

    /**
     * Keys and values are fp16 here and fp32 in the reference. The largest difference of a
     * log-probability was 0.0104.
     */
    private static final double TOLERANCE = 0.015;

    @TempDir Path folder;
    private final List<ImageRows> pictures = new ArrayList<>();

    @BeforeEach
    void encodePictures() throws InterruptedException {
        try (VisionModel vision = load(TinyVision.ofMerging())) {
            for (int seed = 0; seed < 3; seed++) {
                pictures.add(
                        vision.embed(new ImagePixels(84, 112, TinyVision.picture(84, 112, seed))));
            }
        }
    }

    private VisionModel load(TinyVision tiny) {
        try (GgufFile file = GgufFile.open(tiny.write(folder.resolve("vision.gguf")))) {
            return VisionModel.load(
                    file, new VisionModel.Options(new ScalarKernels(), 1, TinyVision.TEXT_WIDTH));
        }
    }

    @Test
    void logprobsAreThoseOfTransformers() throws Exception {
        List<VisionGoldens.Logits> goldens = VisionGoldens.logits();
        Map<String, Double> distances = new HashMap<>();
        for (TinyVision tiny : TinyVisionFiles.all()) {
            try (VisionModel vision = load(tiny);
                    TinyEngine engine = engine(new ScalarKernels(), 1, 64)) {
                for (VisionGoldens.Logits golden : goldens) {
                    if (golden.encoder().equals(tiny.label())) {
                        assertThat(golden.text()).isEqualTo(TEXT.label());
                        double distance = distance(golden, vision, engine);
                        distances.merge(tiny.label(), distance, Math::max);
                    }
                }
            }
        }
        assertThat(distances).containsOnlyKeys("pixtral-f32-1", "pixtral-f32-2");
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
                        new WantedLogprobs(OptionalInt.of(20), OptionalInt.of(20)),
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

    /** Text, a picture, text, another picture, text. */
    private GenerationRequest request(SamplingParams sampling, int choices, int first, int second) {
        List<Integer> tokens = new ArrayList<>(List.of(1, 7, 9, 20, 21));
        List<PromptImage> images = new ArrayList<>();
        for (int picture : new int[] {first, second}) {
            ImageRows rows = pictures.get(picture);
            images.add(new PromptImage(tokens.size(), rows));
            for (int offset = 0; offset < rows.grid().positions(); offset++) {
                tokens.add(rows.grid().isRow(offset) ? IMG : BREAK);
            }
            tokens.addAll(List.of(END, 30, 31, 32));
        }
        int[] prompt = tokens.stream().mapToInt(Integer::intValue).toArray();
        return new GenerationRequest(
                new GenerationRequest.Prompt(prompt, images),
                new GenerationRequest.Length(ANSWER, 0, FinishReason.LENGTH),
                sampling,
                choices,
                new GenerationRequest.Guidance(Optional.empty(), prompt),
                WantedLogprobs.NONE,
                new GenerationRequest.Owner("test", ""));
    }

    private static TinyEngine engine(Kernels kernels, int threads, int stepTokens)
            throws IOException {
        return new TinyEngine(TEXT, kernels, threads, TinyEngine.limits(PLENTY, stepTokens));
    }

    private List<Integer> alone(int first, int second) throws Exception {
        try (TinyEngine tiny = engine(new ScalarKernels(), 1, 512)) {
            return tiny.answer(request(SAMPLED, 1, first, second));
        }
    }

    @Test
    void anAnswerDependsOnThePictures() throws Exception {
        assertThat(alone(0, 1)).isNotEqualTo(alone(1, 0)).isNotEqualTo(alone(0, 2));
    }

    @Test
    void theSameTokensWithStepsOfAnySize() throws Exception {
        List<Integer> alone = alone(0, 1);
        for (int step : new int[] {1, 3, 7, 16, 17, 64}) {
            try (TinyEngine tiny = engine(KernelChoice.of(""), 2, step)) {
                assertThat(tiny.answer(request(SAMPLED, 1, 0, 1)))
                        .as("steps of %d", step)
                        .isEqualTo(alone);
            }
        }
    }

    @Test
    void theSameTokensBesideOthersAndFromTheCache() throws Exception {
        Map<List<Integer>, List<Integer>> alone = new HashMap<>();
        List<List<Integer>> pairs =
                List.of(List.of(0, 1), List.of(0, 2), List.of(1, 0), List.of(2, 2));
        for (List<Integer> pair : pairs) {
            alone.put(pair, alone(pair.getFirst(), pair.getLast()));
        }
        try (TinyEngine tiny = engine(KernelChoice.of(""), 2, 32)) {
            for (int round = 0; round < 2; round++) {
                List<Generation> generations = new ArrayList<>();
                for (List<Integer> pair : pairs) {
                    generations.add(
                            tiny.engine.submit(
                                    request(SAMPLED, 1, pair.getFirst(), pair.getLast())));
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
        try (TinyEngine tiny = engine(KernelChoice.of(""), 1, 64)) {
            tiny.answer(request(SAMPLED, 1, 0, 1));
            GenerationRequest other = request(SAMPLED, 1, 0, 2);
            int second = other.input().images().getLast().firstPosition();
            assertThat(tiny.engine.cachedTokens(other.input(), other.owner()))
                    .hasValue(second / 16 * 16);
            GenerationRequest swapped = request(SAMPLED, 1, 2, 1);
            assertThat(tiny.engine.cachedTokens(swapped.input(), swapped.owner())).hasValue(0);
            assertThat(tiny.answer(other)).isEqualTo(alone(0, 2));
        }
    }

    /**
     * When sequences are preempted depends on the threads, so the load is repeated until some are.
     */
    @Test
    void theSameTokensAfterPreemption() throws Exception {
        List<Integer> alone = alone(0, 1);
        try (TinyEngine tiny =
                new TinyEngine(TEXT, KernelChoice.of(""), 2, TinyEngine.limits(512 / 16 + 1, 64))) {
            while (tiny.engine.load().preemptions() <= 3) {
                List<Generation> generations = new ArrayList<>();
                for (int i = 0; i < 12; i++) {
                    int[] text = new int[70];
                    Arrays.setAll(text, k -> (k * 7 + generations.size()) % 500);
                    generations.add(tiny.engine.submit(TinyEngine.request(text, 120, GREEDY)));
                    generations.add(tiny.engine.submit(request(SAMPLED, 1, 0, 1)));
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
        try (TinyEngine tiny = engine(KernelChoice.of(""), 2, 64)) {
            List<List<Integer>> answers =
                    TinyEngine.answer(tiny.engine.submit(request(SAMPLED, 3, 0, 1)));
            assertThat(answers.getFirst()).isEqualTo(alone(0, 1));
            assertThat(answers).doesNotHaveDuplicates();
        }
    }

    @Test
    void aPictureOfAnotherModelIsRefused() throws Exception {
        try (TinyEngine tiny =
                new TinyEngine(
                        TEXT.withWidth(128),
                        KernelChoice.of(""),
                        1,
                        TinyEngine.limits(PLENTY, 64))) {
            assertThatThrownBy(() -> tiny.engine.submit(request(SAMPLED, 1, 0, 1)))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("rows of 64 elements for a model of width 128");
        }
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
