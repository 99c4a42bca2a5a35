package tramontane.kernel.vector;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.management.ManagementFactory;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.KvHead;
import tramontane.kernel.KvTestCache;
import tramontane.kernel.LayerNorm;
import tramontane.kernel.Matrices;
import tramontane.kernel.QueryRows;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.RopeShape;
import tramontane.kernel.scalar.ScalarKernels;

/** The vector kernels give the scalar bits at the vector width of this process. */
class VectorKernelsTest {
    private static final int[] COUNTS = {1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 100, 577};

    private final Kernels scalar = new ScalarKernels();
    private final Kernels vector = new VectorKernels();

    @BeforeEach
    void requireVectors() {
        assumeTrue(VectorKernels.refusal().isEmpty(), () -> VectorKernels.refusal().orElseThrow());
    }

    @Test
    void elementwiseOperationsGiveTheScalarBits() {
        for (int count : COUNTS) {
            MemorySegment y = Matrices.wild(count, 2);
            checkSame(count, (kernels, x) -> kernels.add(x, y, count));
            checkSame(count, (kernels, x) -> kernels.scale(x, 1.7f, count));
            checkSame(count, (kernels, x) -> kernels.siluMultiply(x, y, count));
            checkSame(count, (kernels, x) -> kernels.geluMultiply(x, y, count));
            checkSame(count, (kernels, x) -> kernels.gelu(x, count));
        }
    }

    @Test
    void rowOperationsGiveTheScalarBits() {
        for (int columns : COUNTS) {
            MemorySegment weight = Matrices.wild(columns, 3);
            RmsNorm norm = new RmsNorm(weight, columns, 1e-6f);
            int stride = columns + 5;
            checkSame(3 * stride, (kernels, x) -> kernels.addBias(x, stride, weight, columns, 3));
            checkSame(3 * stride, (kernels, x) -> kernels.rmsNorm(norm, x, x, stride, 3));
            MemorySegment in = Matrices.random(3L * stride, 4);
            checkSame(3 * stride, (kernels, out) -> kernels.rmsNorm(norm, in, out, stride, 3));
            LayerNorm centred = new LayerNorm(weight, Matrices.wild(columns, 5), columns, 1e-6f);
            checkSame(3 * stride, (kernels, x) -> kernels.layerNorm(centred, x, x, stride, 3));
            checkSame(3 * stride, (kernels, out) -> kernels.layerNorm(centred, in, out, stride, 3));
        }
    }

    @Test
    void ropeGivesTheScalarBits() {
        for (int rotated : new int[] {2, 8, 14, 16, 32, 64, 96}) {
            MemorySegment table = Matrices.random(rotated, rotated);
            for (boolean neox : new boolean[] {true, false}) {
                RopeShape shape = new RopeShape(96, rotated, neox);
                checkSame(3 * 96, (kernels, x) -> kernels.rope(shape, x, 3, table));
            }
        }
    }

    @Test
    void exponentialGivesTheScalarBitsEverywhere() {
        int count = 1 << 16;
        MemorySegment ones = Matrices.zeros(count);
        for (int i = 0; i < count; i++) {
            ones.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1f);
        }
        MemorySegment patterns = Matrices.zeros(count);
        for (int i = 0; i < count; i++) {
            float value = Float.intBitsToFloat(i << 16 | i * 31 & 0xffff);
            patterns.setAtIndex(ValueLayout.JAVA_FLOAT, i, Float.isFinite(value) ? value : 1f);
        }
        checkSame(patterns, (kernels, x) -> kernels.siluMultiply(x, ones, count));
        checkSame(patterns, (kernels, x) -> kernels.geluMultiply(x, ones, count));
        checkSame(patterns, (kernels, x) -> kernels.gelu(x, count));
    }

    @Test
    void softmaxesHaveTheScalarBits() {
        for (int columns : new int[] {16, 32, 96, 272, 1040}) {
            MemorySegment x = Matrices.random(3L * (columns + 5), columns);
            x.setAtIndex(ValueLayout.JAVA_FLOAT, columns - 1L, Float.NEGATIVE_INFINITY);
            MemorySegment sums = Matrices.zeros(3);
            checkSame(
                    x,
                    (k, a) -> {
                        k.softmax(new Fp32Rows(a, columns + 5), 3, columns, 1.7f, sums);
                        // The sums take the place of elements between the rows.
                        MemorySegment.copy(sums, 0, a, 4L * columns, 12);
                    });
        }
    }

    @Test
    void exponentialsOfAllMagnitudesGiveTheScalarBits() {
        float[] wanted = new float[4096];
        for (int i = 0; i < wanted.length; i++) {
            wanted[i] = 10 - i / 32f;
        }
        wanted[7] = Float.NEGATIVE_INFINITY;
        float[] actual = wanted.clone();
        new ScalarKernels().exp(wanted);
        vector.exp(actual);
        assertThat(actual).isEqualTo(wanted);
        assertThat(actual[7]).as("what must not come has no weight at all").isZero();
    }

    @Test
    void attentionGivesTheScalarBits() {
        checkAttention(new AttentionShape(2, 1, 16, 0.25f, 0), 1, 1);
        checkAttention(new AttentionShape(9, 3, 64, 0.125f, 0), 40, 1);
        checkAttention(new AttentionShape(9, 3, 64, 0.125f, 0), 40, 40);
        checkAttention(new AttentionShape(14, 2, 64, 0.125f, 0), 77, 33);
        checkAttention(new AttentionShape(4, 1, 256, 2f, 20), 90, 50);
        checkAttention(new AttentionShape(40, 1, 48, 2f, 1), 50, 17);
        checkAttention(new AttentionShape(3, 3, 80, 0.1f, 17), 65, 64);
    }

    private void checkAttention(AttentionShape shape, int positions, int rows) {
        KvTestCache cache = new KvTestCache(shape, positions, rows);
        if (positions % 16 != 0) {
            cache.poison(shape, IntStream.range(positions, (positions + 15) / 16 * 16));
        }
        int width = shape.queryHeads() * shape.headSize();
        MemorySegment query = Matrices.random((long) rows * (width + 16), 8);
        checkSame(
                rows * width,
                (kernels, out) -> {
                    for (int head = 0; head < shape.kvHeads(); head++) {
                        kernels.attention(
                                cache.head(shape, head),
                                new QueryRows(query, width + 16, rows, positions - rows),
                                out);
                    }
                });
    }

    @Test
    void noOperationAllocatesOnceCompiled() {
        MemorySegment x = Matrices.random(4096, 1);
        MemorySegment y = Matrices.random(4096, 2);
        AttentionShape shape = new AttentionShape(8, 2, 64, 0.1f, 0);
        KvTestCache cache = new KvTestCache(shape, 40, 3);
        MemorySegment out = Matrices.zeros(8 * 64 * 3);
        checkNoAllocation("add", () -> vector.add(x, y, 4001));
        checkNoAllocation("scale", () -> vector.scale(x, 1f, 4001));
        checkNoAllocation("addBias", () -> vector.addBias(x, 1024, y, 1001, 4));
        RmsNorm norm = new RmsNorm(y, 1001, 1e-6f);
        checkNoAllocation("rmsNorm", () -> vector.rmsNorm(norm, x, x, 1024, 4));
        checkNoAllocation("siluMultiply", () -> vector.siluMultiply(x, y, 1001));
        checkNoAllocation("geluMultiply", () -> vector.geluMultiply(x, y, 1001));
        LayerNorm centred = new LayerNorm(y, y, 1001, 1e-6f);
        checkNoAllocation("layerNorm", () -> vector.layerNorm(centred, x, x, 1024, 4));
        checkNoAllocation("gelu", () -> vector.gelu(x, 1001));
        RopeShape halves = new RopeShape(64, 64, true);
        RopeShape neighbours = new RopeShape(64, 64, false);
        checkNoAllocation("rope", () -> vector.rope(halves, x, 16, y));
        checkNoAllocation("rope of neighbours", () -> vector.rope(neighbours, x, 16, y));
        KvHead head = cache.head(shape, 1);
        QueryRows queries = new QueryRows(x, 8 * 64, 3, 35);
        checkNoAllocation("attention", () -> vector.attention(head, queries, out));
    }

    /**
     * A boxed vector takes at least 32 bytes, for each of the hundred calls and each vector in
     * them.
     */
    static void checkNoAllocation(String operation, Runnable call) {
        assumeTrue(
                System.getProperty(VectorKernels.BITS_PROPERTY, "").isEmpty(),
                "takes long, and is checked at the width this machine uses");
        var bean = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().threadId();
        long allocated = Long.MAX_VALUE;
        // The JIT compiler may need several attempts; the test passes once it has compiled the
        // operation.
        for (int attempt = 0; attempt < 300 && allocated > 1000; attempt++) {
            for (int i = 0; i < 200; i++) {
                call.run();
            }
            long before = bean.getThreadAllocatedBytes(thread);
            for (int i = 0; i < 100; i++) {
                call.run();
            }
            allocated = bean.getThreadAllocatedBytes(thread) - before;
        }
        assertThat(allocated).as("bytes of 100 calls of %s", operation).isLessThanOrEqualTo(1000);
    }

    private void checkSame(int count, BiConsumer<Kernels, MemorySegment> operation) {
        checkSame(Matrices.wild(count, count), operation);
    }

    private void checkSame(MemorySegment input, BiConsumer<Kernels, MemorySegment> operation) {
        MemorySegment expected = Matrices.copy(input);
        MemorySegment actual = Matrices.copy(input);
        operation.accept(scalar, expected);
        operation.accept(vector, actual);
        assertThat(Matrices.bits(actual)).isEqualTo(Matrices.bits(expected));
    }
}
