package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.kernel.choice.KernelChoice;
import tramontane.model.ModelException;
import tramontane.sampling.SamplingParams;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.TinyVocabulary;

class EngineTest {
    private static final SamplingParams WARM = new SamplingParams(1, 1, 5, 0, 0);
    private static final TinyModel MODEL = TinyModel.of(Architecture.LLAMA);

    @Test
    void aThousandRequestsWithRandomCancelsLeakNoBlock() throws Exception {
        EngineLimits limits = TinyEngine.limits(60, 32);
        Random random = new Random(3);
        try (TinyEngine tiny = new TinyEngine(MODEL, KernelChoice.of(""), 2, limits)) {
            for (int round = 0; round < 100; round++) {
                List<Generation> generations = new ArrayList<>();
                for (int i = 0; i < 10; i++) {
                    int[] prompt = prompt(random.nextInt(5), 1 + random.nextInt(100));
                    generations.add(
                            tiny.engine.submit(
                                    TinyEngine.request(prompt, 1 + random.nextInt(30), WARM)));
                }
                for (Generation generation : generations) {
                    if (random.nextBoolean()) {
                        generation.cancel();
                    } else {
                        TinyEngine.answer(generation);
                    }
                }
            }
            TinyEngine.answer(tiny.engine.submit(TinyEngine.request(prompt(1, 2), 1, WARM)));
            awaitIdle(tiny.engine);
            assertThat(tiny.engine.load().freeBlocks()).isEqualTo(60);
        }
    }

    @Test
    void requestsBeyondTheWaitingLimitAreRefused() throws Exception {
        EngineLimits limits = new EngineLimits(512, 60, 1, 32, 8, 4, 1 << 20);
        try (TinyEngine tiny = new TinyEngine(MODEL, KernelChoice.of(""), 1, limits)) {
            List<Generation> taken = new ArrayList<>();
            assertThatThrownBy(
                            () -> {
                                for (int i = 0; i < 10_000; i++) {
                                    taken.add(
                                            tiny.engine.submit(
                                                    TinyEngine.request(prompt(i, 400), 100, WARM)));
                                }
                            })
                    .isInstanceOf(EngineFullException.class);
            taken.forEach(Generation::cancel);
        }
    }

    @Test
    void aClosedEngineFailsNewRequests() throws Exception {
        TinyEngine tiny = new TinyEngine(MODEL, KernelChoice.of(""), 1, TinyEngine.limits(60, 32));
        tiny.close();
        for (int i = 0; i < 1000; i++) {
            Generation late = tiny.engine.submit(TinyEngine.request(prompt(1, 100), 10, WARM));
            assertThat(late.poll(java.time.Duration.ZERO))
                    .contains(new GenerationEvent.Failed("the server is shutting down"));
        }
    }

    @Test
    void aClosedEngineFailsRunningRequests() throws Exception {
        Generation generation;
        try (TinyEngine tiny =
                new TinyEngine(MODEL, KernelChoice.of(""), 1, TinyEngine.limits(60, 32))) {
            generation = tiny.engine.submit(TinyEngine.request(prompt(1, 400), 100, WARM));
        }
        assertThatThrownBy(() -> TinyEngine.answer(generation))
                .isInstanceOf(AssertionError.class)
                .hasMessageContaining("shutting down");
    }

    @Test
    void aModelThatDoesNotFitIsRefusedBeforeLoading(@TempDir Path directory) throws IOException {
        Path file = MODEL.write(directory.resolve("tiny.gguf"));
        var options = new LoadedModel.Options(() -> KernelChoice.of(""), 1, 1024, 4, 100_000);
        assertThatThrownBy(() -> LoadedModel.load(file, options).close())
                .isInstanceOf(ModelException.class)
                .hasMessageContaining("not enough memory")
                .hasMessageContaining("a context of 1024 tokens");
        assertThat(Files.exists(file)).isTrue();
    }

    @Test
    void theDefaultContextShrinksToFitTheMemory(@TempDir Path directory) throws IOException {
        Path file = MODEL.write(directory.resolve("tiny.gguf"));
        var roomy = new LoadedModel.Options(() -> KernelChoice.of(""), 1, 0, 4, 1L << 30);
        try (LoadedModel model = LoadedModel.load(file, roomy)) {
            assertThat(model.plan().context()).isEqualTo(TinyModel.CONTEXT);
            long tight = model.plan().totalBytes() - model.plan().tokenBytes() * 3_000;
            var cramped = new LoadedModel.Options(() -> KernelChoice.of(""), 1, 0, 4, tight);
            try (LoadedModel small = LoadedModel.load(file, cramped)) {
                assertThat(small.plan().context()).isEqualTo(TinyModel.CONTEXT / 2);
            }
        }
    }

    /** The load is published at the end of a step, after the step's events. */
    private static void awaitIdle(Engine engine) throws InterruptedException {
        while (engine.load().running() > 0 || engine.load().waitingTokens() > 0) {
            Thread.sleep(1);
        }
    }

    private static int[] prompt(int seed, int length) {
        return new Random(seed).ints(length, 0, TinyVocabulary.END_OF_TEXT).toArray();
    }
}
