package tramontane.kernel.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.BiConsumer;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.Matrices;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.RopeShape;
import tramontane.kernel.scalar.ScalarKernels;

/** With one instruction set of each vector width. */
class NativeRowsTest {
    private static final int[] COUNTS = {1, 15, 16, 17, 31, 33, 64, 100, 577};

    private Kernels kernels = new ScalarKernels();

    private void use(InstructionSet set) {
        assumeTrue(set.runsHere(), "this processor does not run " + set.label);
        kernels = NativeKernels.emit(set).orElseThrow();
        // Otherwise the inherited kernels would be tested.
        assertThat(KernelCheck.areRight(EmittedRows.emit(set).orElseThrow())).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"AVX512_VNNI", "AVX2"})
    void elementwiseOperationsGiveTheScalarBits(InstructionSet set) {
        use(set);
        for (int count : COUNTS) {
            MemorySegment y = Matrices.wild(count, 2);
            MemorySegment x = Matrices.wild(count + 3, 1);
            check(x, (k, a) -> k.add(a, y, count));
            check(x, (k, a) -> k.scale(a, 1.7f, count));
            check(x, (k, a) -> k.siluMultiply(a, y, count));
            check(x, (k, a) -> k.geluMultiply(a, y, count));
            check(
                    Matrices.wild(3L * (count + 5), 1),
                    (k, a) -> k.addBias(a, count + 5, y, count, 3));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"AVX512_VNNI", "AVX2"})
    void theExponentialGivesTheScalarBitsEverywhere(InstructionSet set) {
        use(set);
        int count = 1 << 16;
        MemorySegment ones = Matrices.zeros(count);
        MemorySegment patterns = Matrices.zeros(count);
        for (int i = 0; i < count; i++) {
            ones.setAtIndex(ValueLayout.JAVA_FLOAT, i, 1f);
            float value = Float.intBitsToFloat(i << 16 | i * 31 & 0xffff);
            patterns.setAtIndex(ValueLayout.JAVA_FLOAT, i, Float.isFinite(value) ? value : 1f);
        }
        check(patterns, (k, a) -> k.siluMultiply(a, ones, count));
        check(patterns, (k, a) -> k.geluMultiply(a, ones, count));
    }

    /** More elements than are copied at a time, which sampling needs for each token. */
    @ParameterizedTest
    @EnumSource(names = {"AVX512_VNNI", "AVX2"})
    void exponentialsOfAnArrayHaveTheScalarBits(InstructionSet set) {
        use(set);
        for (int count : new int[] {0, 16, 2032, 2048, 2064, 9008}) {
            float[] expected = new float[count];
            for (int i = 0; i < count; i++) {
                expected[i] = i % 97 == 0 ? Float.NEGATIVE_INFINITY : 3 - i * 0.0137f;
            }
            float[] actual = expected.clone();
            new ScalarKernels().exp(expected);
            kernels.exp(actual);
            assertThat(actual).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"AVX512_VNNI", "AVX2"})
    void softmaxesHaveTheScalarBits(InstructionSet set) {
        use(set);
        for (int columns : new int[] {16, 32, 96, 272, 1040}) {
            MemorySegment x = Matrices.random(3L * (columns + 5), columns);
            x.setAtIndex(ValueLayout.JAVA_FLOAT, columns - 1L, Float.NEGATIVE_INFINITY);
            MemorySegment sums = Matrices.zeros(3);
            check(
                    x,
                    (k, a) -> {
                        k.softmax(new Fp32Rows(a, columns + 5), 3, columns, 1.7f, sums);
                        // The sums take the place of elements between the rows.
                        MemorySegment.copy(sums, 0, a, 4L * columns, 12);
                    });
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"AVX512_VNNI", "AVX2"})
    void rowOperationsGiveTheScalarBits(InstructionSet set) {
        use(set);
        for (int columns : COUNTS) {
            int stride = columns + 5;
            MemorySegment weight = Matrices.wild(columns, 3);
            check(
                    Matrices.random(3L * stride, 4),
                    (k, a) -> k.rmsNorm(new RmsNorm(weight, columns, 1e-6f), a, a, stride, 3));
        }
        for (int rotated : new int[] {2, 8, 16, 32, 64, 96}) {
            MemorySegment table = Matrices.random(rotated, rotated);
            MemorySegment x = Matrices.wild(3 * 96, 6);
            check(x, (k, a) -> k.rope(new RopeShape(96, rotated, true), a, 3, table));
            check(x, (k, a) -> k.rope(new RopeShape(96, rotated, false), a, 3, table));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"AVX512_VNNI", "AVX2"})
    void storedKeysAndValuesHaveTheScalarBits(InstructionSet set) {
        use(set);
        AttentionShape shape = new AttentionShape(3, 3, 48, 1f, 0);
        MemorySegment key = Matrices.wild(3 * 48, 1);
        MemorySegment value = Matrices.wild(3 * 48, 2);
        for (int slot = 0; slot < 16; slot++) {
            int at = slot;
            check(
                    Matrices.zeros(shape.tileBytes() / 4 + 16),
                    (k, cache) ->
                            k.storeKeyValue(
                                    shape, key, value, cache.asSlice(64, shape.tileBytes()), at));
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"AVX512_VNNI", "AVX2"})
    void buffersThatAreTooSmallAreRefusedBeforeAnyAccess(InstructionSet set) {
        use(set);
        MemorySegment small = Matrices.zeros(16);
        assertThatThrownBy(() -> kernels.add(small, small, 17))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> kernels.add(MemorySegment.ofArray(new float[16]), small, 16))
                .hasMessage("emitted kernels work on memory outside the heap");
    }

    private void check(MemorySegment x, BiConsumer<Kernels, MemorySegment> operation) {
        MemorySegment actual = Matrices.zeros(x.byteSize() / 4).copyFrom(x);
        MemorySegment expected = Matrices.zeros(x.byteSize() / 4).copyFrom(x);
        operation.accept(kernels, actual);
        operation.accept(new ScalarKernels(), expected);
        assertThat(Matrices.bits(actual)).isEqualTo(Matrices.bits(expected));
    }
}
