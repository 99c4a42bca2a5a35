package tramontane.kernel.x86;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tramontane.kernel.Activations;
import tramontane.kernel.Bfloat16;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Matrices;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.RandomWeights;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/** Emitted products of bf16, for all that this processor runs. */
class NativePairsTest {
    private final ScalarKernels scalar = new ScalarKernels();

    private enum Code {
        AMX(InstructionSet.AMX),
        DOTS(InstructionSet.AVX512_VNNI),
        AVX512(InstructionSet.AVX512_VNNI),
        AVX_VNNI(InstructionSet.AVX_VNNI),
        AVX2(InstructionSet.AVX2);

        private final InstructionSet set;

        Code(InstructionSet set) {
            this.set = set;
        }

        private boolean runsHere() {
            CpuFeatures cpu = CpuFeatures.ofThisMachine();
            return set.runsHere()
                    && switch (this) {
                        case AMX -> cpu.hasAmxBf16();
                        case DOTS -> cpu.hasFastBf16Dots();
                        case AVX512, AVX_VNNI, AVX2 -> true;
                    };
        }

        /** The emitted code itself, so that nothing else can take its place. */
        private EmittedPairs emit() {
            assumeTrue(runsHere(), "this processor does not run products of bf16 with " + this);
            assertThat(set.isPermitted()).isTrue();
            return (this == DOTS ? EmittedPairs.emitDots(set.tileRows()) : EmittedPairs.emit(set))
                    .orElseThrow();
        }
    }

    @ParameterizedTest
    @EnumSource
    void everyShapeGivesTheBitsOfTheDefinition(Code code) {
        EmittedPairs pairs = code.emit();
        InstructionSet set = code.set;
        assertThat(PairsCheck.isRight(pairs, set.tileRows())).isTrue();
        RandomGenerator random = new Random(code.ordinal());
        for (RandomWeights.Kind kind : RandomWeights.Kind.values()) {
            Case shapes = new Case(pairs, code, kind, random);
            for (int inputs = 1; inputs <= 50; inputs++) {
                check(shapes, 48, 64, inputs);
            }
            check(shapes, 16, 2, 3);
            check(shapes, 35, 588, 70);
            check(shapes, 80, 1024, 33);
            check(shapes, 33, 1104, 65);
        }
    }

    private record Case(
            EmittedPairs pairs, Code code, RandomWeights.Kind kind, RandomGenerator random) {}

    private void check(Case shapes, int rows, int columns, int inputs) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor =
                    RandomWeights.tensor(
                            DType.BF16_PAIRS, rows, columns, shapes.kind, shapes.random);
            PackedMatrix w = PackedMatrix.pack(tensor, arena);
            Activations a =
                    RandomWeights.activations(
                            inputs, columns, shapes.code.set.tileRows(), arena, shapes.random);
            scalar.round(a, 0, inputs);
            int stride = w.groups() * 16 + 16;
            MemorySegment expected = arena.allocate(4L * inputs * stride, 64);
            MemorySegment actual = arena.allocate(4L * inputs * stride, 64);
            scalar.matmul(w, 0, w.groups(), a, new Fp32Rows(expected, stride));
            round(shapes.pairs, a, columns);
            shapes.pairs.multiply(w, 0, 1, a, new Fp32Rows(actual, stride));
            shapes.pairs.multiply(w, 1, w.groups(), a, new Fp32Rows(actual, stride));
            assertThat(Matrices.bits(actual))
                    .as("%s: %d rows, %d columns, %d inputs", shapes, rows, columns, inputs)
                    .isEqualTo(Matrices.bits(expected));
        }
    }

    private static void round(EmittedPairs pairs, Activations a, int columns) {
        a.rounded().fill((byte) 0);
        int first = columns / Bfloat16.BLOCK / 2 * Bfloat16.BLOCK;
        int middle = a.rows() / 3;
        for (int[] rows : new int[][] {{0, middle}, {middle, a.rows()}}) {
            if (rows[0] == rows[1]) {
                continue;
            }
            Fp32Rows x = a.fp32().rows(rows[0], rows[1]);
            pairs.round(x, a, rows[0], rows[1], new EmittedPairs.Columns(0, first));
            pairs.round(
                    x.from(first),
                    a,
                    rows[0],
                    rows[1],
                    new EmittedPairs.Columns(first, columns - first));
        }
    }

    /**
     * Sums that cancel, halves that are rounded to even, products at the limits of zero, and what
     * would be subnormal if small numbers were not zero.
     */
    @ParameterizedTest
    @EnumSource
    void adversarialNumbersGiveTheBitsOfTheDefinition(Code code) {
        EmittedPairs pairs = code.emit();
        InstructionSet set = code.set;
        float[] numbers = {
            0f,
            -0f,
            1f,
            -1f,
            0x1.02p0f,
            -0x1.02p0f,
            0x1p-40f,
            -0x1p-40f,
            0x1.fep-41f,
            0x1p-100f,
            0x1.01p0f,
            0x1.03p0f,
            0x1p30f,
            -0x1p30f,
            0x1.fep30f,
            0x1p-30f,
            -0x1.54p-30f,
            Float.MIN_VALUE
        };
        Random random = new Random(3);
        for (int round = 0; round < 60; round++) {
            try (Arena arena = Arena.ofConfined()) {
                int columns = 96;
                PackedMatrix w =
                        PackedMatrix.pack(
                                RandomWeights.tensor(
                                        DType.BF16_PAIRS,
                                        32,
                                        columns,
                                        RandomWeights.Kind.ORDINARY,
                                        random),
                                arena);
                for (long i = 0; i < w.data().byteSize() / 2; i++) {
                    float number = Bfloat16.round(numbers[random.nextInt(numbers.length)]);
                    short bits = (short) (Float.floatToRawIntBits(number) >>> 16);
                    w.data().setAtIndex(ValueLayout.JAVA_SHORT, i, bits);
                }
                Activations a = Activations.withRounded(32, columns, set.tileRows(), arena);
                for (long i = 0; i < 32L * columns; i++) {
                    float number = numbers[random.nextInt(numbers.length)];
                    a.values().setAtIndex(ValueLayout.JAVA_FLOAT, i, number);
                }
                scalar.round(a, 0, 32);
                MemorySegment expected = arena.allocate(4L * 32 * 32, 64);
                MemorySegment actual = arena.allocate(4L * 32 * 32, 64);
                scalar.matmul(w, 0, 2, a, new Fp32Rows(expected, 32));
                round(pairs, a, columns);
                pairs.multiply(w, 0, 2, a, new Fp32Rows(actual, 32));
                assertThat(Matrices.bits(actual)).isEqualTo(Matrices.bits(expected));
            }
        }
    }

    /** Vectors and what is left over, from even and odd columns on. */
    @Test
    void packedRowsAndColumnsAreThoseOfTheDefinition() {
        InstructionSet set = InstructionSet.AVX512_VNNI;
        assumeTrue(set.runsHere(), "this processor does not run " + set.label);
        EmittedPairPacking packing = EmittedPairPacking.emit(set).orElseThrow();
        assertThat(PairsCheck.isRight(packing)).isTrue();
        for (int elements : new int[] {2, 16, 30, 32, 64, 72, 104}) {
            for (int count : new int[] {1, 2, 5, 16, 33}) {
                for (int first = 0; first < 3; first++) {
                    checkPacking(packing, elements, count, first);
                }
            }
        }
    }

    private void checkPacking(EmittedPairPacking packing, int elements, int count, int first) {
        int stride = elements + 3;
        Fp32Rows x = new Fp32Rows(Matrices.wild((long) count * stride, count), stride);
        try (Arena arena = Arena.ofConfined()) {
            PackedMatrix expectedRows = pairs(count + first, elements, arena);
            PackedMatrix actualRows = pairs(count + first, elements, arena);
            scalar.packRows(x, count, expectedRows, first);
            packing.packRows(x, count, actualRows, first);
            assertThat(actualRows.data().mismatch(expectedRows.data())).isEqualTo(-1);
            int columns = (count + first + 1) / 2 * 2;
            PackedMatrix expectedColumns = pairs(elements, columns, arena);
            PackedMatrix actualColumns = pairs(elements, columns, arena);
            scalar.packColumns(x, count, expectedColumns, first);
            packing.packColumns(x, count, actualColumns, first);
            assertThat(actualColumns.data().mismatch(expectedColumns.data())).isEqualTo(-1);
            assertThatThrownBy(() -> packing.packRows(x, count, actualRows, first + 1))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    private static PackedMatrix pairs(int rows, int columns, Arena arena) {
        return PackedMatrix.allocate(DType.BF16_PAIRS, rows, columns, arena);
    }
}
