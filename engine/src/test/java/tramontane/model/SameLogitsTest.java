package tramontane.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.WeightFormat;

/**
 * The logits of a token depend only on the tokens before it, to the last bit: not on steps, the
 * cache or other sequences. Sampling is a function of the logits. {@link KernelLogitsTest} compares
 * kernels.
 */
class SameLogitsTest {
    private static final int PROMPT = 37;
    private static final int[] CHUNKS = {1, 2, 3, 5, 15, 16, 17, 31, 64, 100, 255, 256, 511, 512};

    @TempDir Path folder;
    private LogitsCase cases;

    @BeforeEach
    void useFolder() {
        cases = new LogitsCase(folder);
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
        int[] prompt = LogitsCase.prompt(2, 512);
        int[][] expected = cases.expected(model, prompt);
        try (TransformerUnderTest fast = cases.load(model, KernelChoice.of(""), 2)) {
            for (int chunk : CHUNKS) {
                assertThat(fast.bits(prompt, chunk))
                        .as("%d tokens a step", chunk)
                        .isDeepEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"QWEN3", "QWEN3MOE", "DEEPSEEK2"})
    void aCachedPrefixGivesTheSameLogits(String architecture) {
        TinyModel model =
                TinyModel.of(Architecture.valueOf(architecture)).withFormat(WeightFormat.Q5_0);
        int[] prompt = LogitsCase.prompt(3, 90);
        int[][] expected = cases.expected(model, prompt);
        try (TransformerUnderTest fast = cases.load(model, KernelChoice.of(""), 2)) {
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
            prompts[i] = LogitsCase.prompt(i, 20 + 2 * i);
        }
        try (TransformerUnderTest fast = cases.load(model, KernelChoice.of(""), 2)) {
            for (int chunk : new int[] {1, 5, 30}) {
                int[][][] together = fast.bits(prompts, chunk, 0);
                for (int i = 0; i < prompts.length; i += 4) {
                    assertThat(together[i])
                            .as("sequence %d, %d tokens a step", i, chunk)
                            .isDeepEqualTo(cases.expected(model, prompts[i]));
                }
            }
        }
    }

    /** Files made before April 2024 have one tensor for each matrix of an expert. */
    @Test
    void bothLayoutsOfExpertsInFilesGiveTheSameLogits() {
        TinyModel model = TinyModel.of(Architecture.MIXTRAL).withFormat(WeightFormat.Q4_0);
        int[] prompt = LogitsCase.prompt(5, PROMPT);
        Path older = folder.resolve("older.gguf");
        model.ggufWithTensorPerExpert().write(older);
        Kernels kernels = KernelChoice.of("");
        try (var fast =
                new TransformerUnderTest(older, kernels, 2, LogitsCase.CONTEXT, LogitsCase.ROWS)) {
            assertThat(fast.bits(prompt, 16)).isDeepEqualTo(cases.expected(model, prompt));
        }
    }
}
