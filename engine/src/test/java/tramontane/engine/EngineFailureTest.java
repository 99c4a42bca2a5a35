package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.choice.KernelChoice;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.model.ModelException;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** An engine that fails, and weights that give non-finite logits. */
class EngineFailureTest {
    private static final SamplingParams WARM = new SamplingParams(1, 1, 5, 0, 0);
    private static final TinyModel MODEL = TinyModel.of(Architecture.LLAMA);
    private static final int[] PROMPT = {1, 7, 42};
    private static final LoadedModel.Options OPTIONS =
            new LoadedModel.Options(() -> KernelChoice.of(""), 2, 0, 2, 256L << 20);
    private static final Duration LONG = Duration.ofMinutes(5);

    @TempDir Path folder;

    /** Throws an OutOfMemoryError in the fiftieth norm. */
    private static final class Exhausted extends ScalarKernels {
        private int calls;

        @Override
        public void rmsNorm(
                RmsNorm norm, MemorySegment x, MemorySegment out, int stride, int rows) {
            if (++calls == 50) {
                throw new OutOfMemoryError("no more");
            }
            super.rmsNorm(norm, x, out, stride, rows);
        }
    }

    @Test
    void aFailedEngineReportsTheReasonToEveryGeneration() throws Exception {
        String reason = "the engine failed: java.lang.OutOfMemoryError: no more";
        try (TinyEngine tiny =
                new TinyEngine(MODEL, new Exhausted(), 1, TinyEngine.limits(60, 32))) {
            assertThat(tiny.engine.failure()).isNotDone();
            Generation running = tiny.engine.submit(TinyEngine.request(PROMPT, 400, WARM));
            Generation beside = tiny.engine.submit(TinyEngine.request(PROMPT, 400, WARM));
            assertThat(last(running)).isEqualTo(new GenerationEvent.Failed(reason));
            assertThat(last(beside)).isEqualTo(new GenerationEvent.Failed(reason));
            assertThat(tiny.engine.failure().get(5, TimeUnit.MINUTES)).isEqualTo(reason);
            Generation late = tiny.engine.submit(TinyEngine.request(PROMPT, 4, WARM));
            assertThat(last(late)).isEqualTo(new GenerationEvent.Failed(reason));
            assertThat(tiny.engine.load().waitingTokens()).isZero();
        }
    }

    @Test
    void closingAnEngineIsNoFailure() throws Exception {
        TinyEngine tiny = new TinyEngine(MODEL, KernelChoice.of(""), 1, TinyEngine.limits(60, 32));
        tiny.close();
        assertThat(tiny.engine.failure()).isNotDone();
    }

    /**
     * A finite embedding whose squares overflow becomes a row of zeros; Gemma scales it to
     * infinity.
     */
    @Test
    void nonFiniteLogitsFailOnlyTheirOwnGeneration() throws Exception {
        for (Architecture architecture : List.of(Architecture.LLAMA, Architecture.GEMMA3)) {
            Path file = damaged(TinyModel.of(architecture), "token_embd.weight", 7, 3e38f);
            try (LoadedModel model = LoadedModel.load(file, OPTIONS)) {
                for (WantedLogprobs wanted :
                        List.of(
                                WantedLogprobs.NONE,
                                new WantedLogprobs(OptionalInt.of(1), OptionalInt.of(1)))) {
                    Generation bad = model.engine().submit(request(new int[] {1, 42, 7}, wanted));
                    Generation good = model.engine().submit(request(new int[] {1, 42, 8}, wanted));
                    assertThat(last(bad))
                            .isInstanceOfSatisfying(
                                    GenerationEvent.Failed.class,
                                    failed ->
                                            assertThat(failed.reason())
                                                    .contains("file is probably damaged"));
                    assertThat(last(good)).isInstanceOf(GenerationEvent.Finished.class);
                }
                assertThat(model.engine().failure()).isNotDone();
            }
        }
    }

    @Test
    void nonFiniteWeightsAreRefusedWithTheNameOfTheTensor() throws Exception {
        for (float value : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
            for (String tensor :
                    new String[] {
                        "token_embd.weight", "blk.1.attn_k.weight", "output_norm.weight"
                    }) {
                Path file = damaged(MODEL, tensor, 0, value);
                assertThatThrownBy(() -> LoadedModel.load(file, OPTIONS).close())
                        .isInstanceOf(ModelException.class)
                        .hasMessage(
                                "tensor "
                                        + tensor
                                        + " holds weights that are NaN or infinite: the file is"
                                        + " damaged, fetch it again");
            }
        }
    }

    /** Writes the model with one value of a tensor replaced. */
    private Path damaged(TinyModel model, String tensor, long row, float value) throws Exception {
        Path file = model.write(folder.resolve("damaged.gguf"));
        long at;
        try (var gguf = tramontane.gguf.GgufFile.open(file)) {
            var info = gguf.required(tensor);
            at = info.offset() + row * info.rowBytes();
        }
        byte[] bytes = Files.readAllBytes(file);
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putFloat((int) at, value);
        return Files.write(file, bytes);
    }

    private static GenerationRequest request(int[] prompt, WantedLogprobs logprobs) {
        return new GenerationRequest(
                prompt,
                new GenerationRequest.Length(4, 0, FinishReason.LENGTH),
                WARM,
                1,
                new GenerationRequest.Guidance(Optional.empty(), new int[0]),
                logprobs,
                new GenerationRequest.Owner("test", ""));
    }

    /** The event that ends a generation of one choice. */
    private static GenerationEvent last(Generation generation) throws InterruptedException {
        while (true) {
            GenerationEvent event = generation.poll(LONG).orElseThrow();
            if (!(event instanceof GenerationEvent.Token
                    || event instanceof GenerationEvent.PromptScored)) {
                return event;
            }
        }
    }
}
