package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.RandomWeights;
import tramontane.kernel.scalar.ScalarMatmul;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/** Emitted matmuls, for every instruction set of this processor. */
class NativeKernelsTest {
    private static void needs(InstructionSet set) {
        assumeTrue(
                set.runsOn(CpuFeatures.ofThisMachine()),
                "this processor does not run " + set.label);
    }

    static Stream<Arguments> setsAndFormats() {
        return Stream.of(InstructionSet.values())
                .flatMap(set ->
                        Stream.of(DType.values())
                                .filter(dtype -> dtype != DType.BF16_PAIRS)
                                .map(dtype -> Arguments.of(set, dtype)));
    }

    @ParameterizedTest
    @MethodSource("setsAndFormats")
    void everyTileHeightGivesTheBitsOfTheDefinition(InstructionSet set, DType dtype) {
        needs(set);
        EmittedMatmul matmul = EmittedMatmul.emit(set, dtype).orElseThrow();
        assertThat(KernelCheck.isRight(matmul, dtype, set.tileRows())).isTrue();
        RandomGenerator random = new Random(dtype.ordinal());
        for (RandomWeights.Kind kind : RandomWeights.Kind.values()) {
            Case shapes = new Case(matmul, set, dtype, kind, random);
            for (int inputs = 1; inputs <= set.tileRows() + 1; inputs++) {
                shapes.check(16, 256, inputs);
            }
            shapes.check(35, 512, 2 * set.tileRows() + 5);
            if (dtype.blockElements() == 32) {
                shapes.check(17, 32, 3);
                shapes.check(40, 96, set.tileRows());
            }
            if (!dtype.isQuantized()) {
                shapes.check(17, 1, 3);
                shapes.check(40, 37, set.tileRows());
            }
        }
    }

    /**
     * Code for processors other than this one is at least complete, and each height has its own.
     */
    @ParameterizedTest
    @MethodSource("setsAndFormats")
    void codeIsEmittedForEveryInstructionSet(InstructionSet set, DType dtype) {
        for (int height = 1; height <= set.tileRows(); height++) {
            int tile = height;
            assertThat(set.matmul(dtype, height)).isNotEmpty();
            PanelKind.of(set, dtype)
                    .ifPresent(kind -> {
                        assertThat(PanelCode.emit(set, dtype, kind)).isNotEmpty();
                        assertThat(set.panelTile(dtype, kind, tile)).isNotEmpty();
                    });
        }
    }

    private record Case(
            EmittedMatmul matmul,
            InstructionSet set,
            DType dtype,
            RandomWeights.Kind kind,
            RandomGenerator random) {
        void check(int rows, int columns, int inputs) {
            try (Arena arena = Arena.ofConfined()) {
                Tensor tensor = RandomWeights.tensor(dtype, rows, columns, kind, random);
                PackedMatrix w = PackedMatrix.pack(tensor, arena);
                Activations a =
                        RandomWeights.activations(inputs, columns, set.tileRows(), arena, random);
                ScalarMatmul.quantize(a, 0, inputs);
                int stride = w.groups() * 16 + 16;
                MemorySegment expected = arena.allocate(4L * inputs * stride, 64);
                MemorySegment actual = arena.allocate(4L * inputs * stride, 64);
                ScalarMatmul.matmul(w, 0, w.groups(), a, new Fp32Rows(expected, stride));
                matmul.multiply(w, 0, 1, a, new Fp32Rows(actual, stride));
                matmul.multiply(w, 1, w.groups(), a, new Fp32Rows(actual, stride));
                assertThat(actual.toArray(JAVA_INT))
                        .as("%s: %d rows, %d columns, %d inputs", this, rows, columns, inputs)
                        .isEqualTo(expected.toArray(JAVA_INT));
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void quantizingGivesTheBytesOfTheDefinition(InstructionSet set) {
        needs(set);
        NativeKernels kernels = NativeKernels.emit(set).orElseThrow();
        assertThat(KernelCheck.isQuantizeRight(kernels)).isTrue();
        RandomGenerator random = new Random(7);
        for (int rows = 1; rows <= 2 * set.tileRows(); rows++) {
            try (Arena arena = Arena.ofConfined()) {
                Activations a = RandomWeights.activations(rows, 320, set.tileRows(), arena, random);
                ScalarMatmul.quantize(a, 0, rows);
                byte[] expected = a.quantized().toArray(JAVA_BYTE);
                a.quantized().fill((byte) 0x55);
                kernels.quantize(a, 0, rows / 2);
                kernels.quantize(a, rows / 2, rows);
                assertThat(a.quantized().toArray(JAVA_BYTE))
                        .as("%s, %d rows", set, rows)
                        .isEqualTo(expected);
            }
        }
    }

    @Test
    void codeForAnotherFormatFailsTheCheck() {
        InstructionSet set = InstructionSet.AVX2;
        needs(set);
        EmittedMatmul wrong = EmittedMatmul.emit(set, DType.Q4_0).orElseThrow();
        assertThat(KernelCheck.isRight(wrong, DType.Q5_0, set.tileRows())).isFalse();
    }

    @Test
    void tilesOfOtherKernelsAndMemoryOnTheHeapAreRefused() {
        InstructionSet set = InstructionSet.AVX2;
        needs(set);
        NativeKernels kernels = NativeKernels.emit(set).orElseThrow();
        try (Arena arena = Arena.ofConfined()) {
            Activations other = new Activations(1, 64, set.tileRows() + 1, arena);
            assertThatThrownBy(() -> kernels.quantize(other, 0, 1))
                    .hasMessage("activations in tiles of 5, these kernels take 4");
            Tensor tensor =
                    RandomWeights.tensor(
                            DType.Q8_0, 16, 64, RandomWeights.Kind.ORDINARY, new Random(1));
            PackedMatrix w = PackedMatrix.pack(tensor, arena);
            Activations a = new Activations(1, 64, set.tileRows(), arena);
            MemorySegment heap = MemorySegment.ofArray(new float[16]);
            assertThatThrownBy(() -> kernels.matmul(w, 0, 1, a, new Fp32Rows(heap, 16)))
                    .hasMessage("emitted kernels work on memory outside the heap");
        }
    }
}
