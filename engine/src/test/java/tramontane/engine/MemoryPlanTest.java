package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.SegmentAllocator;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.kernel.Workers;
import tramontane.kernel.choice.KernelChoice;
import tramontane.model.ModelConfig;
import tramontane.model.ModelException;
import tramontane.model.Transformer;
import tramontane.model.WeightSource;
import tramontane.model.Weights;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.WeightFormat;

class MemoryPlanTest {
    private static final EngineLimits.StepSize STEP = EngineLimits.StepSize.of(64, 4);
    private static final long PLENTY = 1L << 40;

    @TempDir Path folder;
    private GgufFile file;
    private ModelConfig config;

    @BeforeEach
    void write() {
        file = open(Architecture.LLAMA);
        config = ModelConfig.of(file);
    }

    private GgufFile open(Architecture architecture) {
        return open(TinyModel.of(architecture));
    }

    private GgufFile open(TinyModel model) {
        return GgufFile.open(model.write(folder.resolve(model.label())));
    }

    @AfterEach
    void close() {
        file.close();
    }

    private MemoryPlan plan(int context, long availableBytes) {
        return MemoryPlan.of(file, config, context, STEP, new MemoryPlan.Available(availableBytes));
    }

    @Test
    void loadingAllocatesThePlannedMemory() {
        Kernels kernels = KernelChoice.of("");
        List<TinyModel> models = new ArrayList<>();
        for (Architecture architecture : Architecture.values()) {
            models.add(TinyModel.of(architecture));
        }
        // The converted formats are counted as they are in memory.
        TinyModel llama = TinyModel.of(Architecture.LLAMA);
        models.add(llama.withFormat(WeightFormat.Q2_K));
        models.add(llama.withFormat(WeightFormat.IQ1_S));
        models.add(llama.withFormat(WeightFormat.IQ2_S));
        for (TinyModel model : models) {
            try (GgufFile each = open(model);
                    Workers workers = new Workers(1);
                    Arena arena = Arena.ofShared()) {
                ModelConfig its = ModelConfig.of(each);
                MemoryPlan plan =
                        MemoryPlan.of(each, its, 0, STEP, new MemoryPlan.Available(PLENTY));
                AtomicLong bytes = new AtomicLong();
                SegmentAllocator counting =
                        (size, alignment) -> {
                            bytes.addAndGet(size);
                            return arena.allocate(size, alignment);
                        };
                Weights weights =
                        Weights.load(WeightSource.of(each), its, kernels, workers, counting);
                assertThat(bytes.get())
                        .as("weights of %s", model.label())
                        .isBetween(plan.weightBytes() * 9 / 10, plan.weightBytes());
                bytes.set(0);
                var limits = new Transformer.Limits(plan.context(), STEP.rows(), STEP.logits());
                new Transformer(its, weights, kernels, workers, limits, counting);
                assertThat(bytes.get())
                        .as("buffers of %s", model.label())
                        .isEqualTo(plan.bufferBytes());
            }
        }
    }

    @Test
    void theDefaultContextIsHalvedUntilItFits() {
        MemoryPlan whole = plan(0, PLENTY);
        assertThat(whole.context()).isEqualTo(TinyModel.CONTEXT);
        assertThat(whole.cachedTokens()).isEqualTo(2 * TinyModel.CONTEXT);
        long cache = whole.tokenBytes() * TinyModel.CONTEXT;
        MemoryPlan tight = plan(0, whole.weightBytes() + whole.bufferBytes() + cache - 1);
        assertThat(tight.context()).isEqualTo(TinyModel.CONTEXT / 2);
        assertThat(tight.totalBytes())
                .isLessThan(whole.weightBytes() + whole.bufferBytes() + cache);
    }

    @Test
    void aModelThatDoesNotFitIsRefusedWithTheFigures() {
        assertThatThrownBy(() -> plan(TinyModel.CONTEXT, 1 << 20))
                .isInstanceOf(ModelException.class)
                .hasMessageMatching(
                        "not enough memory: needs \\d+ MiB \\(weights \\d+ MiB \\+ buffers \\d+ MiB"
                                + " \\+ a context of 2048 tokens \\d+ MiB\\), available are 1 MiB; .*");
        assertThatThrownBy(() -> plan(TinyModel.CONTEXT + 1, PLENTY))
                .hasMessage("a context of 2049 tokens was asked for, this model has 2048");
    }
}
