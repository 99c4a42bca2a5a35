package tramontane.kernel.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Kernels;
import tramontane.kernel.KvTestCache;
import tramontane.kernel.Matrices;
import tramontane.kernel.QueryRows;
import tramontane.kernel.scalar.ScalarKernels;

/** With one instruction set of each vector width. */
class NativeAttentionTest {
    private Kernels kernels = new ScalarKernels();
    private Function<AttentionShape, Optional<EmittedAttention>> emitter =
            shape -> Optional.empty();

    private void use(InstructionSet set) {
        assumeTrue(set.runsHere(), "this processor does not run " + set.label);
        kernels = NativeKernels.emit(set).orElseThrow();
        emitter = shape -> EmittedAttention.emit(set, shape);
    }

    @ParameterizedTest
    @EnumSource(names = {"AVX512_VNNI", "AVX2"})
    void emittedAttentionGivesTheScalarBits(InstructionSet set) {
        use(set);
        check(new AttentionShape(2, 1, 16, 0.25f, 0), 1, 1);
        check(new AttentionShape(9, 3, 64, 0.125f, 0), 40, 1);
        check(new AttentionShape(9, 3, 64, 0.125f, 0), 40, 40);
        check(new AttentionShape(14, 2, 64, 0.125f, 0), 77, 33);
        check(new AttentionShape(12, 2, 128, 0.1f, 0), 64, 20);
        check(new AttentionShape(4, 1, 256, 2f, 20), 90, 50);
        check(new AttentionShape(40, 1, 48, 2f, 1), 50, 17);
        check(new AttentionShape(16, 1, 32, 2f, 5), 50, 17);
        check(new AttentionShape(3, 3, 80, 0.1f, 17), 65, 64);
        check(new AttentionShape(9, 3, 64, 0.125f, 0), 530, 40);
        check(new AttentionShape(14, 2, 64, 0.125f, 0), 1100, 90);
        check(new AttentionShape(4, 1, 64, 0.125f, 600), 1200, 200);
        check(new AttentionShape(4, 1, 64, 0.125f, 30), 1040, 60);
    }

    @ParameterizedTest
    @EnumSource(names = {"AVX512_VNNI", "AVX2"})
    void anySplitOfAnyPositionsGivesTheScalarBits(InstructionSet set) {
        use(set);
        Random random = new Random(5);
        for (int i = 0; i < 40; i++) {
            int kvHeads = 1 + random.nextInt(3);
            int window = random.nextBoolean() ? 0 : 1 + random.nextInt(40);
            AttentionShape shape =
                    new AttentionShape(
                            kvHeads * (1 + random.nextInt(9)), kvHeads, 16, 0.3f, window);
            int positions = 1 + random.nextInt(100);
            check(shape, positions, 1 + random.nextInt(positions));
        }
    }

    /** The code for several tiles at a time has other registers for each number of heads. */
    @ParameterizedTest
    @EnumSource(names = {"AVX512_VNNI", "AVX2"})
    void oneRowOverManyTilesGivesTheScalarBits(InstructionSet set) {
        use(set);
        Random random = new Random(6);
        for (int heads = 1; heads <= 9; heads++) {
            for (int size : new int[] {16, 48, 64, 80, 96, 128, 256}) {
                int kvHeads = 1 + random.nextInt(2);
                int window = random.nextInt(3) == 0 ? 1 + random.nextInt(300) : 0;
                AttentionShape shape =
                        new AttentionShape(kvHeads * heads, kvHeads, size, 0.2f, window);
                check(shape, 1 + random.nextInt(700), 1);
            }
        }
    }

    private void check(AttentionShape shape, int positions, int rows) {
        KvTestCache cache = new KvTestCache(shape, positions, rows);
        if (positions % 16 != 0) {
            cache.poison(shape, IntStream.range(positions, (positions + 15) / 16 * 16));
        }
        if (shape.groupSize() <= 16) {
            // Otherwise wrong code would be skipped, and the inherited kernels would be tested
            // instead.
            EmittedAttention emitted = emitter.apply(shape).orElseThrow();
            assertThat(KernelCheck.isRight(emitted, shape)).as("%s", shape).isTrue();
        }
        int[] expected = attend(new ScalarKernels(), shape, cache, rows);
        assertThat(attend(kernels, shape, cache, rows))
                .as("%s, %d positions, %d rows", shape, positions, rows)
                .isEqualTo(expected);
    }

    private static int[] attend(
            Kernels kernels, AttentionShape shape, KvTestCache cache, int rows) {
        int width = shape.queryHeads() * shape.headSize();
        MemorySegment query = Matrices.random((long) rows * (width + 16), 8);
        MemorySegment out = Matrices.zeros((long) rows * width);
        int position = cache.positions - rows;
        for (int head = 0; head < shape.kvHeads(); head++) {
            kernels.attention(
                    cache.head(shape, head), new QueryRows(query, width + 16, rows, position), out);
        }
        return Matrices.bits(out);
    }
}
