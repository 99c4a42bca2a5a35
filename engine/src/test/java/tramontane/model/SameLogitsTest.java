package tramontane.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.kernel.choice.KernelsHere;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.testkit.Architecture;
import tramontane.testkit.RealModels;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyModelFiles;
import tramontane.testkit.TinyVocabulary;
import tramontane.testkit.WeightFormat;

/**
 * The logits of a token depend only on the tokens before it, to the last bit: not on kernels,
 * threads, steps, the cache or other sequences. Sampling is a function of the logits.
 *
 * <p>The vector width is a constant of a process, so the build runs this test once for each width.
 */
class SameLogitsTest {
    private static final int PROMPT = 37;
    private static final int CONTEXT = 1024;
    private static final int ROWS = 512;
    private static final int[] CHUNKS = {1, 2, 3, 5, 15, 16, 17, 31, 64, 100, 255, 256, 511, 512};

    @TempDir Path folder;

    private static int[] prompt(int seed, int length) {
        return new Random(seed).ints(length, 0, TinyVocabulary.END_OF_TEXT).toArray();
    }

    private TransformerUnderTest load(TinyModel model, Kernels kernels, int threads) {
        Path file = folder.resolve(model.label() + ".gguf");
        return new TransformerUnderTest(
                file.toFile().exists() ? file : model.write(file), kernels, threads, CONTEXT, ROWS);
    }

    private int[][] expected(TinyModel model, int[] prompt) {
        try (TransformerUnderTest scalar = load(model, new ScalarKernels(), 1)) {
            return scalar.bits(prompt, Math.min(prompt.length, ROWS));
        }
    }

    /**
     * All kernels that this machine runs besides the scalar ones. If a vector width is set, only
     * those of that width.
     */
    private static Map<String, Kernels> kernels() {
        boolean allWidths = System.getProperty("tramontane.vectorBits", "").isEmpty();
        return allWidths ? KernelsHere.all() : Map.of("vector", KernelChoice.of("vector"));
    }

    @Test
    void everyModelGivesTheSameLogitsWithAllKernelsOnOneAndTwoThreads() {
        int[] prompt = prompt(1, PROMPT);
        Map<String, Kernels> kernels = kernels();
        for (TinyModel model : TinyModelFiles.all()) {
            int[][] expected = expected(model, prompt);
            kernels.forEach((name, kind) -> {
                for (int threads = 1; threads <= 2; threads++) {
                    int chunk = threads == 1 ? PROMPT : 7;
                    try (TransformerUnderTest fast = load(model, kind, threads)) {
                        assertThat(fast.bits(prompt, chunk))
                                .as(
                                        "%s, %s, %d threads, %d tokens a step",
                                        model.label(), name, threads, chunk)
                                .isDeepEqualTo(expected);
                    }
                }
            });
        }
    }

    @ParameterizedTest
    @CsvSource({
        "GEMMA3, Q8_0",
        "GEMMA3, Q5_1",
        "GEMMA3, F16",
        "MIXTRAL, Q8_0",
        "MIXTRAL, F16",
        "QWEN3MOE, Q4_0",
        "QWEN3MOE, Q4_K",
        "DEEPSEEK2, Q8_0",
        "MISTRAL4, Q4_0"
    })
    void stepsOfOneTo512TokensGiveTheSameLogits(Architecture architecture, WeightFormat format) {
        TinyModel model = TinyModel.of(architecture).withFormat(format);
        int[] prompt = prompt(2, 512);
        int[][] expected = expected(model, prompt);
        try (TransformerUnderTest fast = load(model, KernelChoice.of(""), 2)) {
            for (int chunk : CHUNKS) {
                assertThat(fast.bits(prompt, chunk))
                        .as("%d tokens a step", chunk)
                        .isDeepEqualTo(expected);
            }
        }
    }

    /**
     * If a context has several sections, threads share it when there are too few heads for all
     * threads.
     */
    @ParameterizedTest
    @ValueSource(strings = {"QWEN2", "GEMMA3", "MISTRAL4"})
    void longContextsGiveTheSameLogitsOnAnyNumberOfThreads(String architecture) {
        TinyModel model = TinyModel.of(Architecture.valueOf(architecture));
        int[] prompt = prompt(4, CONTEXT);
        int[][] expected = expected(model, prompt);
        for (String kernels : List.of("", "vector")) {
            for (int threads : new int[] {1, 2, 5}) {
                try (TransformerUnderTest fast = load(model, KernelChoice.of(kernels), threads)) {
                    for (int chunk : new int[] {1, 2, 500}) {
                        assertThat(fast.bits(prompt, chunk))
                                .as("%s, %d threads, %d tokens a step", kernels, threads, chunk)
                                .isDeepEqualTo(expected);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"QWEN3", "QWEN3MOE", "DEEPSEEK2"})
    void aCachedPrefixGivesTheSameLogits(String architecture) {
        TinyModel model =
                TinyModel.of(Architecture.valueOf(architecture)).withFormat(WeightFormat.Q5_0);
        int[] prompt = prompt(3, 90);
        int[][] expected = expected(model, prompt);
        try (TransformerUnderTest fast = load(model, KernelChoice.of(""), 2)) {
            assertThat(fast.bits(prompt, 64)).isDeepEqualTo(expected);
            for (int chunk : new int[] {1, 16, 90}) {
                int[][] warm = fast.bitsAfter(80, prompt, chunk);
                assertThat(Arrays.copyOfRange(warm, 80, 90))
                        .isDeepEqualTo(Arrays.copyOfRange(expected, 80, 90));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"LLAMA, Q6_K", "MIXTRAL, Q5_1", "QWEN3MOE, Q8_0", "DEEPSEEK2, Q4_0"})
    void otherSequencesInTheBatchDoNotChangeLogits(Architecture architecture, WeightFormat format) {
        TinyModel model = TinyModel.of(architecture).withFormat(format);
        int[][] prompts = new int[17][];
        for (int i = 0; i < prompts.length; i++) {
            prompts[i] = prompt(i, 20 + 2 * i);
        }
        try (TransformerUnderTest fast = load(model, KernelChoice.of(""), 2)) {
            for (int chunk : new int[] {1, 5, 30}) {
                int[][][] together = fast.bits(prompts, chunk, 0);
                for (int i = 0; i < prompts.length; i += 4) {
                    assertThat(together[i])
                            .as("sequence %d, %d tokens a step", i, chunk)
                            .isDeepEqualTo(expected(model, prompts[i]));
                }
            }
        }
    }

    /** Files made before April 2024 have one tensor for each matrix of an expert. */
    @Test
    void bothLayoutsOfExpertsInFilesGiveTheSameLogits() {
        TinyModel model = TinyModel.of(Architecture.MIXTRAL).withFormat(WeightFormat.Q4_0);
        int[] prompt = prompt(5, PROMPT);
        Path older = folder.resolve("older.gguf");
        model.ggufWithTensorPerExpert().write(older);
        Kernels kernels = KernelChoice.of("");
        try (var fast = new TransformerUnderTest(older, kernels, 2, CONTEXT, ROWS)) {
            assertThat(fast.bits(prompt, 16)).isDeepEqualTo(expected(model, prompt));
        }
    }

    @Test
    void aRealModelGivesTheSameLogits() {
        Optional<Path> path = RealModels.find("smollm2-135m");
        assumeTrue(path.isPresent(), "smollm2-135m is not here: ./tramontane pull smollm2-135m");
        int[] prompt = {504, 3575, 282, 4649, 314, 260, 1920, 30};
        int[][] expected;
        try (TransformerUnderTest scalar =
                new TransformerUnderTest(path.get(), new ScalarKernels(), 2, CONTEXT, 8)) {
            expected = scalar.bits(prompt, prompt.length);
        }
        kernels()
                .forEach((name, kind) -> {
                    try (TransformerUnderTest fast =
                            new TransformerUnderTest(path.get(), kind, 2, CONTEXT, 8)) {
                        for (int chunk : new int[] {8, 3, 1}) {
                            assertThat(fast.bits(prompt, chunk))
                                    .as("%s, %d tokens a step", name, chunk)
                                    .isDeepEqualTo(expected);
                        }
                    }
                });
    }
}
