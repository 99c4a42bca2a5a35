package tramontane.kernel.x86;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;
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

/** Emitted products of many rows, in panels. */
class NativePanelTest {
    private static void needs(InstructionSet set) {
        assumeTrue(set.runsHere(), "this processor does not run " + set.label);
        assertThat(set.isPermitted()).isTrue();
    }

    static Stream<Arguments> setsAndFormats() {
        return Stream.of(InstructionSet.values())
                .flatMap(set ->
                        Stream.of(DType.values())
                                .filter(dtype -> PanelKind.of(set, dtype).isPresent())
                                .map(dtype -> Arguments.of(set, dtype)));
    }

    @ParameterizedTest
    @MethodSource("setsAndFormats")
    void panelsGiveTheBitsOfTheDefinition(InstructionSet set, DType dtype) {
        needs(set);
        EmittedPanel panel = EmittedPanel.emit(set, dtype).orElseThrow();
        int tile = set.tileRows();
        assertThat(KernelCheck.isRight(panel, dtype, tile)).isTrue();
        EmittedMatmul matmul = EmittedMatmul.emit(set, dtype).orElseThrow().with(panel);
        RandomGenerator random = new Random(dtype.ordinal());
        boolean isSmall = dtype.blockElements() == Activations.BLOCK;
        for (RandomWeights.Kind kind : RandomWeights.Kind.values()) {
            Case shapes = new Case(matmul, tile, dtype, kind, random);
            int min = set.minPanelRows(dtype);
            // Every height of the last tile, an odd number of groups, a group that is not full.
            for (int height = 1; height <= tile; height++) {
                shapes.check(35, 256, 11 * tile + height);
            }
            // Rows in pieces of equal and of different lengths.
            shapes.check(64, 1024, min);
            if (isSmall) {
                for (int blocks = 1; blocks <= 5; blocks++) {
                    shapes.check(32, blocks * Activations.BLOCK, min);
                }
                shapes.check(32, 29 * Activations.BLOCK, min + 2);
                shapes.check(32, 57 * Activations.BLOCK, min + 1);
            } else {
                shapes.check(32, 7 * dtype.blockElements(), min + 1);
            }
        }
        // Several chunks of tiles and several panels.
        new Case(matmul, tile, dtype, RandomWeights.Kind.ORDINARY, random).check(32 * 15, 768, 760);
    }

    private record Case(
            EmittedMatmul matmul,
            int tile,
            DType dtype,
            RandomWeights.Kind kind,
            RandomGenerator random) {
        void check(int rows, int columns, int inputs) {
            try (Arena arena = Arena.ofConfined()) {
                Tensor tensor = RandomWeights.tensor(dtype, rows, columns, kind, random);
                PackedMatrix w = PackedMatrix.pack(tensor, arena);
                Activations a = RandomWeights.activations(inputs, columns, tile, arena, random);
                ScalarMatmul.quantize(a, 0, inputs);
                int stride = w.groups() * 16 + 16;
                MemorySegment expected = arena.allocate(4L * inputs * stride, 64);
                MemorySegment actual = arena.allocate(4L * inputs * stride, 64);
                ScalarMatmul.matmul(w, 0, w.groups(), a, new Fp32Rows(expected, stride));
                matmul.multiply(w, 0, 1, a, new Fp32Rows(actual, stride));
                matmul.multiply(w, 1, w.groups(), a, new Fp32Rows(actual, stride));
                check(w, a, new Fp32Rows(actual, stride), expected);
                actual.fill((byte) 0);
                matmul.multiply(w, 0, w.groups(), a, new Fp32Rows(actual, stride));
                check(w, a, new Fp32Rows(actual, stride), expected);
            }
        }

        private void check(PackedMatrix w, Activations a, Fp32Rows actual, MemorySegment bits) {
            assertThat(actual.values().toArray(JAVA_INT))
                    .as("%s %s: %d x %d, %d rows", dtype, kind, w.rows(), w.columns(), a.rows())
                    .isEqualTo(bits.toArray(JAVA_INT));
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = InstructionSet.class,
            names = {"AVX512_VNNI", "AVX2"})
    void codeForAnotherFormatFailsTheCheck(InstructionSet set) {
        needs(set);
        EmittedPanel wrong = EmittedPanel.emit(set, DType.Q4_0).orElseThrow();
        assertThat(KernelCheck.isRight(wrong, DType.Q4_1, set.tileRows())).isFalse();
    }
}
