package tramontane.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import tramontane.cache.BlockPool;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.kernel.choice.KernelsHere;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.kernel.vector.VectorKernels;
import tramontane.testkit.Architecture;
import tramontane.testkit.RealModels;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyModelFiles;

/**
 * All kernels give the logits of the scalar ones, to the last bit, on any number of threads.
 *
 * <p>The vector width is a constant of a process, so the build runs this test once more for each
 * width, and then only with the kernels that have one.
 */
class KernelLogitsTest {
    private static final int PROMPT = 37;

    @TempDir Path folder;
    private LogitsCase cases;

    @BeforeEach
    void useFolder() {
        cases = new LogitsCase(folder);
    }

    /** Without a vector width, those that have none, if this machine runs any. */
    private static Map<String, Kernels> kernels() {
        if (widthIsSet()) {
            return Map.of("vector", vector());
        }
        Map<String, Kernels> all = new HashMap<>(KernelsHere.all());
        if (all.size() > 1) {
            all.remove("vector");
        }
        return all;
    }

    private static Kernels vector() {
        assumeTrue(VectorKernels.refusal().isEmpty(), "this machine has no vectors of this width");
        return KernelChoice.of("vector");
    }

    private static boolean widthIsSet() {
        return !System.getProperty("tramontane.vectorBits", "").isEmpty();
    }

    @Test
    void everyModelGivesTheSameLogitsWithAllKernelsOnOneAndTwoThreads() {
        int[] prompt = LogitsCase.prompt(1, PROMPT);
        Map<String, Kernels> kernels = kernels();
        for (TinyModel model : TinyModelFiles.all()) {
            int[][] expected = cases.expected(model, prompt);
            kernels.forEach((name, kind) -> {
                for (int threads = 1; threads <= 2; threads++) {
                    int chunk = threads == 1 ? PROMPT : 7;
                    try (TransformerUnderTest fast = cases.load(model, kind, threads)) {
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

    /**
     * If a context has several sections, threads share it when there are too few heads for all
     * threads. Steps of a token or two cross into the second section and reach the context's end;
     * long steps compute what lies between, since {@link SameLogitsTest} has short steps
     * everywhere.
     */
    @ParameterizedTest
    @ValueSource(strings = {"QWEN2", "GEMMA3", "MISTRAL4"})
    void longContextsGiveTheSameLogitsOnAnyNumberOfThreads(String architecture) {
        Kernels kernels = widthIsSet() ? vector() : KernelChoice.of("");
        TinyModel model = TinyModel.of(Architecture.valueOf(architecture));
        int[] prompt = LogitsCase.prompt(4, LogitsCase.CONTEXT);
        int[][] expected = cases.expected(model, prompt);
        int before = AttentionShape.SECTION - BlockPool.BLOCK_TOKENS;
        int behind = AttentionShape.SECTION + BlockPool.BLOCK_TOKENS;
        int last = LogitsCase.CONTEXT - BlockPool.BLOCK_TOKENS;
        for (int threads : new int[] {1, 2, 5}) {
            for (int chunk : new int[] {1, 2}) {
                try (TransformerUnderTest fast = cases.load(model, kernels, threads)) {
                    for (Span each :
                            List.of(
                                    new Span(0, before, 500),
                                    new Span(before, behind, chunk),
                                    new Span(behind, LogitsCase.CONTEXT, 500),
                                    new Span(last, LogitsCase.CONTEXT, chunk))) {
                        int[] tokens = Arrays.copyOf(prompt, each.to);
                        assertThat(rows(fast.bitsAfter(each.from, tokens, each.chunk), each))
                                .as("%s, %d threads, %s", kernels.name(), threads, each)
                                .isDeepEqualTo(rows(expected, each));
                    }
                }
            }
        }
    }

    /** Tokens computed in steps of {@code chunk}; those before them are in the cache. */
    private record Span(int from, int to, int chunk) {}

    private static int[][] rows(int[][] all, Span span) {
        return Arrays.copyOfRange(all, span.from, span.to);
    }

    @Test
    void aRealModelGivesTheSameLogits() {
        Optional<Path> path = RealModels.find("smollm2-135m");
        assumeTrue(path.isPresent(), "smollm2-135m is not here: ./tramontane pull smollm2-135m");
        int[] prompt = {504, 3575, 282, 4649, 314, 260, 1920, 30};
        Map<String, Kernels> kernels = kernels();
        int[][] expected;
        try (TransformerUnderTest scalar =
                new TransformerUnderTest(
                        path.get(), new ScalarKernels(), 2, LogitsCase.CONTEXT, 8)) {
            expected = scalar.bits(prompt, prompt.length);
        }
        kernels.forEach((name, kind) -> {
            try (TransformerUnderTest fast =
                    new TransformerUnderTest(path.get(), kind, 2, LogitsCase.CONTEXT, 8)) {
                for (int chunk : new int[] {8, 3, 1}) {
                    assertThat(fast.bits(prompt, chunk))
                            .as("%s, %d tokens a step", name, chunk)
                            .isDeepEqualTo(expected);
                }
            }
        });
    }
}
