package tramontane.kernel;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.function.BiConsumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** The Vector API's bits are the scalar ones, at the width this process was started with. */
class VectorKernelsTest {
    private static final int[] COUNTS = {1, 3, 4, 7, 8, 15, 16, 17, 31, 33, 64, 100, 577};

    private final Kernels scalar = new ScalarKernels();
    private final Kernels vector = new VectorKernels();

    @BeforeEach
    void vectorsMayBeUsed() {
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
        }
    }

    @Test
    void rowOperationsGiveTheScalarBits() {
        for (int columns : COUNTS) {
            MemorySegment weight = Matrices.wild(columns, 3);
            int stride = columns + 5;
            checkSame(3 * stride, (kernels, x) -> kernels.addBias(x, stride, weight, columns, 3));
            checkSame(
                    3 * stride,
                    (kernels, x) -> kernels.rmsNorm(x, stride, weight, columns, 1e-6f, x, 3));
            MemorySegment in = Matrices.random(3L * stride, 4);
            checkSame(
                    3 * stride,
                    (kernels, out) -> kernels.rmsNorm(in, stride, weight, columns, 1e-6f, out, 3));
        }
    }

    @Test
    void ropeGivesTheScalarBits() {
        for (int rotated : new int[] {2, 8, 14, 16, 32, 64, 96}) {
            MemorySegment table = Matrices.random(rotated, rotated);
            checkSame(3 * 96, (kernels, x) -> kernels.rope(x, 3, 96, rotated, table, true));
            checkSame(3 * 96, (kernels, x) -> kernels.rope(x, 3, 96, rotated, table, false));
        }
    }

    @Test
    void exponentialGivesTheScalarBitsEverywhere() {
        int count = 1 << 16;
        MemorySegment ones = Matrices.zeros(count);
        for (int i = 0; i < count; i++) {
            ScalarKernels.set(ones, i, 1f);
        }
        MemorySegment patterns = Matrices.zeros(count);
        for (int i = 0; i < count; i++) {
            float value = Float.intBitsToFloat(i << 16 | i * 31 & 0xffff);
            ScalarKernels.set(patterns, i, Float.isFinite(value) ? value : 1f);
        }
        checkSame(patterns, (kernels, x) -> kernels.siluMultiply(x, ones, count));
        checkSame(patterns, (kernels, x) -> kernels.geluMultiply(x, ones, count));
    }

    @Test
    void exponentialsOfAllMagnitudesHaveTheScalarBits() {
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
                                shape,
                                query,
                                width + 16,
                                rows,
                                positions - rows,
                                cache.memory,
                                cache.tileOffsets,
                                head,
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
        checkNoAllocation("rmsNorm", () -> vector.rmsNorm(x, 1024, y, 1001, 1e-6f, x, 4));
        checkNoAllocation("siluMultiply", () -> vector.siluMultiply(x, y, 1001));
        checkNoAllocation("geluMultiply", () -> vector.geluMultiply(x, y, 1001));
        checkNoAllocation("rope", () -> vector.rope(x, 16, 64, 64, y, true));
        checkNoAllocation("rope of neighbours", () -> vector.rope(x, 16, 64, 64, y, false));
        checkNoAllocation(
                "attention",
                () ->
                        vector.attention(
                                shape, x, 8 * 64, 3, 35, cache.memory, cache.tileOffsets, 1, out));
    }

    /**
     * A boxed vector would show as at least 32 bytes for each of the hundred calls and every vector
     * in them.
     */
    static void checkNoAllocation(String operation, Runnable call) {
        assumeTrue(
                System.getProperty(VectorKernels.BITS_PROPERTY, "").isEmpty(),
                "takes long, and is checked at the width this machine uses");
        var bean = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
        long thread = Thread.currentThread().threadId();
        long allocated = Long.MAX_VALUE;
        // The compiler takes its time; what counts is that it gets there.
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
