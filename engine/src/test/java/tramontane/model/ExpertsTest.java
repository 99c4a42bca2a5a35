package tramontane.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.OffHeap;
import tramontane.kernel.Workers;
import tramontane.kernel.choice.KernelChoice;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;
import tramontane.testkit.WeightFormat;

/** All rows together, part by part, have the bits of one row and one expert after the other. */
class ExpertsTest {
    private static final int MAX_ROWS = 70;

    @TempDir Path folder;

    @ParameterizedTest
    @CsvSource({"Q4_K, 1", "Q4_K, 2", "Q8_0, 3", "Q6_K, 2", "F16, 2"})
    void theResultIsThatOfOneRowAfterTheOther(WeightFormat format, int threads) {
        Path path =
                TinyModel.of(Architecture.QWEN3MOE)
                        .withFormat(format)
                        .write(folder.resolve("tiny.gguf"));
        GgufFile file = GgufFile.open(path);
        ModelConfig config = ModelConfig.of(file);
        ExpertConfig experts = config.feedForward().experts().orElseThrow();
        int width = config.width();
        Kernels kernels = KernelChoice.of("");
        try (Arena arena = Arena.ofShared();
                Workers workers = new Workers(threads)) {
            SegmentAllocator memory = OffHeap.in(arena);
            Weights weights = Weights.load(WeightSource.of(file), config, kernels, workers, memory);
            Experts.Layer layer = (Experts.Layer) weights.layers().getFirst().feedForward();
            FusedProducts products = new FusedProducts(new Compute(kernels, workers), MAX_ROWS, 2);
            Experts all = new Experts(experts, width, products, MAX_ROWS, memory);
            for (int rows : new int[] {1, 2, 8, 13, MAX_ROWS}) {
                float[] x = random(rows * width);
                Activations in = activations(x, rows, width, kernels, memory);
                Fp32Rows out = new Fp32Rows(memory.allocate(4L * rows * width, 64), width);
                all.forward(layer, in, out);
                for (int row = 0; row < rows; row++) {
                    assertThat(out.slice(row, row + 1).toArray(ValueLayout.JAVA_INT))
                            .as("row %d of %d", row, rows)
                            .isEqualTo(plain(experts, layer, row(x, row, width), memory));
                }
            }
        }
    }

    private static float[] random(int count) {
        Random random = new Random(count);
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private static float[] row(float[] x, int row, int width) {
        float[] one = new float[width];
        System.arraycopy(x, row * width, one, 0, width);
        return one;
    }

    private static Activations activations(
            float[] x, int rows, int width, Kernels kernels, SegmentAllocator memory) {
        Activations in = new Activations(rows, width, kernels.tileRows(), memory);
        in.rows(rows);
        MemorySegment.copy(x, 0, in.values(), ValueLayout.JAVA_FLOAT, 0, rows * width);
        kernels.quantize(in, 0, rows);
        return in;
    }

    /** The bits of one row's result, by the formula and with scalar kernels. */
    private static int[] plain(
            ExpertConfig config, Experts.Layer layer, float[] x, SegmentAllocator memory) {
        Kernels scalar = new ScalarKernels();
        int width = x.length;
        Activations in = activations(x, 1, width, scalar, memory);
        Router router = new Router(config, 1);
        router.route(0, product(layer.router(), in, memory), layer.bias());
        MemorySegment sum = memory.allocate(4L * width, 64);
        for (int i = 0; i < config.used(); i++) {
            Experts.Expert expert = layer.experts().get(router.expert(i));
            MemorySegment gate = product(expert.gate(), in, memory);
            scalar.siluMultiply(gate, product(expert.up(), in, memory), config.feedForward());
            float[] inner = gate.toArray(ValueLayout.JAVA_FLOAT);
            Activations hidden = activations(inner, 1, inner.length, scalar, memory);
            MemorySegment result = product(expert.down(), hidden, memory);
            scalar.scale(result, router.weight(i), width);
            if (i == 0) {
                sum.copyFrom(result);
            } else {
                scalar.add(sum, result, width);
            }
        }
        return sum.toArray(ValueLayout.JAVA_INT);
    }

    private static MemorySegment product(Linear linear, Activations in, SegmentAllocator memory) {
        int stride = linear.matrix().groups() * 16;
        Fp32Rows out = new Fp32Rows(memory.allocate(4L * stride, 64), stride);
        new ScalarKernels().matmul(linear.matrix(), 0, linear.matrix().groups(), in, out);
        return out.start(0, linear.outputs());
    }
}
