package tramontane.kernel.choice;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Kernels;
import tramontane.kernel.KvTestCache;
import tramontane.kernel.Matrices;
import tramontane.kernel.QueryRows;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.kernel.vector.VectorKernels;

/**
 * Compares attention with a softmax in double precision, and with itself for all kinds of splits.
 */
class AttentionTest {
    private final Kernels kernels = new ScalarKernels();

    @Test
    void attentionIsCloseToASoftmaxInDoublePrecision() {
        checkOracle(new AttentionShape(2, 1, 16, 0.25f, 0), 1);
        checkOracle(new AttentionShape(2, 1, 16, 0.25f, 0), 16);
        checkOracle(new AttentionShape(6, 2, 32, 0.18f, 0), 45);
        checkOracle(new AttentionShape(4, 4, 48, 3f, 0), 33);
        checkOracle(new AttentionShape(3, 1, 64, 0.125f, 1), 40);
        checkOracle(new AttentionShape(3, 1, 16, 0.125f, 17), 50);
        checkOracle(new AttentionShape(2, 2, 16, 0.5f, 100), 40);
        // Across section boundaries, with and without a window.
        checkOracle(new AttentionShape(2, 1, 16, 0.5f, 0), 1100);
        checkOracle(new AttentionShape(1, 1, 16, 0.5f, 600), 1100);
    }

    @Test
    void chunksAndWholeRowsGiveTheSameBits() {
        for (int window : new int[] {0, 7, 20}) {
            AttentionShape shape = new AttentionShape(4, 2, 32, 0.2f, window);
            KvTestCache cache = new KvTestCache(shape, 70, 9);
            MemorySegment query = Matrices.random(70L * 130, 10);
            int[] whole = Matrices.bits(attend(shape, cache, query, 130, 70));
            for (int chunk : new int[] {1, 3, 16, 64}) {
                assertThat(Matrices.bits(attend(shape, cache, query, 130, chunk)))
                        .as("window %d, chunk %d", window, chunk)
                        .isEqualTo(whole);
            }
        }
    }

    @Test
    void slotsThatAreNotWrittenYetAreNeverRead() {
        AttentionShape shape = new AttentionShape(1, 1, 16, 0.25f, 3);
        KvTestCache cache = new KvTestCache(shape, 20, 3);
        cache.poison(shape, IntStream.concat(IntStream.range(0, 16), IntStream.range(19, 32)));
        MemorySegment out = Matrices.zeros(16);
        kernels.attention(
                cache.head(shape, 0), new QueryRows(Matrices.random(16, 1), 16, 1, 18), out);
        for (float value : Matrices.floats(out)) {
            assertThat(value).isFinite();
        }
    }

    @Test
    void separateSectionsGiveTheBitsOfTheWhole() {
        Kernels best = KernelChoice.of("");
        for (Kernels each : List.of(kernels, new VectorKernels(), best)) {
            for (int window : new int[] {0, 20, 700}) {
                AttentionShape shape = new AttentionShape(6, 2, 64, 0.125f, window);
                KvTestCache cache = new KvTestCache(shape, 1600, 4);
                for (int position : new int[] {0, 511, 512, 530, 1023, 1024, 1599}) {
                    assertThat(inSections(each, shape, cache, position))
                            .as("%s, window %d, position %d", each.name(), window, position)
                            .isEqualTo(whole(kernels, shape, cache, position));
                    assertThat(whole(each, shape, cache, position))
                            .as("%s whole, window %d, position %d", each.name(), window, position)
                            .isEqualTo(whole(kernels, shape, cache, position));
                }
            }
        }
    }

    private static int[] whole(
            Kernels kernels, AttentionShape shape, KvTestCache cache, int position) {
        int width = shape.queryHeads() * shape.headSize();
        MemorySegment query = Matrices.random(width, position);
        MemorySegment out = Matrices.zeros(width);
        for (int head = 0; head < shape.kvHeads(); head++) {
            kernels.attention(
                    cache.head(shape, head), new QueryRows(query, width, 1, position), out);
        }
        return Matrices.bits(out);
    }

    private static int[] inSections(
            Kernels kernels, AttentionShape shape, KvTestCache cache, int position) {
        int width = shape.queryHeads() * shape.headSize();
        MemorySegment query = Matrices.random(width, position);
        MemorySegment out = Matrices.zeros(width);
        int first = shape.firstSection(position);
        int count = AttentionShape.section(position) + 1 - first;
        long bytes = kernels.sectionBytes(shape);
        MemorySegment partials = Arena.ofAuto().allocate(count * bytes, 64);
        for (int head = 0; head < shape.kvHeads(); head++) {
            for (int i = count - 1; i >= 0; i--) {
                kernels.attentionSection(
                        cache.head(shape, head),
                        new QueryRows(query, width, 1, position),
                        first + i,
                        partials.asSlice(i * bytes, bytes));
            }
            kernels.joinSections(shape, partials, count, head, out);
        }
        return Matrices.bits(out);
    }

    private MemorySegment attend(
            AttentionShape shape, KvTestCache cache, MemorySegment query, int stride, int chunk) {
        int width = shape.queryHeads() * shape.headSize();
        MemorySegment out = Matrices.zeros((long) cache.positions * width);
        for (int from = 0; from < cache.positions; from += chunk) {
            int rows = Math.min(chunk, cache.positions - from);
            for (int head = 0; head < shape.kvHeads(); head++) {
                kernels.attention(
                        cache.head(shape, head),
                        new QueryRows(query.asSlice(4L * from * stride), stride, rows, from),
                        out.asSlice(4L * from * width));
            }
        }
        return out;
    }

    private void checkOracle(AttentionShape shape, int positions) {
        KvTestCache cache = new KvTestCache(shape, positions, positions);
        int width = shape.queryHeads() * shape.headSize();
        MemorySegment query = Matrices.random((long) positions * width, 77);
        float[] actual = Matrices.floats(attend(shape, cache, query, width, positions));
        float[] queries = Matrices.floats(query);
        for (int row = 0; row < positions; row++) {
            for (int head = 0; head < shape.queryHeads(); head++) {
                int start = row * width + head * shape.headSize();
                double[] expected =
                        oracle(shape, cache, queries, start, row, head / shape.groupSize());
                for (int i = 0; i < shape.headSize(); i++) {
                    assertThat((double) actual[start + i]).isCloseTo(expected[i], offset(1e-5));
                }
            }
        }
    }

    private static double[] oracle(
            AttentionShape shape,
            KvTestCache cache,
            float[] queries,
            int start,
            int position,
            int kvHead) {
        int first = shape.window() == 0 ? 0 : Math.max(0, position - shape.window() + 1);
        double[] weights = new double[position + 1];
        double total = 0;
        for (int p = first; p <= position; p++) {
            double dot = 0;
            for (int i = 0; i < shape.headSize(); i++) {
                dot += (double) queries[start + i] * cache.key(p, kvHead, i);
            }
            weights[p] = Math.exp(dot * shape.scale());
            total += weights[p];
        }
        double[] out = new double[shape.headSize()];
        for (int p = first; p <= position; p++) {
            for (int i = 0; i < out.length; i++) {
                out[i] += weights[p] / total * cache.value(p, kvHead, i);
            }
        }
        return out;
    }
}
