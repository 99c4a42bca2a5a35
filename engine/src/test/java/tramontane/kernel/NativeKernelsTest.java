package tramontane.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tramontane.tensor.DType;

class NativeKernelsTest {
    private static NativeKernels kernels;

    @BeforeAll
    static void emit() {
        Assumptions.assumeTrue(
                CpuFeatures.ofThisMachine().hasAvx512Vnni(), "this processor has no AVX-512 VNNI");
        kernels = NativeKernels.emit(InstructionSet.AVX512_VNNI).orElseThrow();
    }

    @ParameterizedTest
    @EnumSource
    void everyTileHeightGivesTheBitsOfTheDefinition(DType dtype) {
        RandomGenerator random = new Random(dtype.ordinal());
        for (RandomWeights.Kind kind : RandomWeights.Kind.values()) {
            for (int inputs = 1; inputs <= kernels.tileRows() + 1; inputs++) {
                check(dtype, kind, 16, 256, inputs, random);
            }
            check(dtype, kind, 35, 512, 29, random);
        }
    }

    @Test
    void quantizingGivesTheBytesOfTheDefinition() {
        RandomGenerator random = new Random(7);
        for (int rows = 1; rows <= 2 * kernels.tileRows(); rows++) {
            try (Arena arena = Arena.ofConfined()) {
                Activations a =
                        RandomWeights.activations(rows, 320, kernels.tileRows(), arena, random);
                ScalarMatmul.quantize(a, 0, rows);
                byte[] expected = a.quantized().toArray(JAVA_BYTE);
                a.quantized().fill((byte) 0x55);
                kernels.quantize(a, 0, rows / 2);
                kernels.quantize(a, rows / 2, rows);
                assertThat(a.quantized().toArray(JAVA_BYTE))
                        .as("%s rows", rows)
                        .isEqualTo(expected);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void theCheckBeforeUsePasses(DType dtype) {
        EmittedMatmul matmul = EmittedMatmul.emit(InstructionSet.AVX512_VNNI, dtype).orElseThrow();
        assertThat(KernelCheck.isRight(matmul, dtype, kernels.tileRows())).isTrue();
        assertThat(KernelCheck.isQuantizeRight(kernels)).isTrue();
    }

    @Test
    void codeForAnotherFormatFailsTheCheck() {
        EmittedMatmul wrong =
                EmittedMatmul.emit(InstructionSet.AVX512_VNNI, DType.Q4_0).orElseThrow();
        assertThat(KernelCheck.isRight(wrong, DType.Q5_0, kernels.tileRows())).isFalse();
    }

    private static void check(
            DType dtype,
            RandomWeights.Kind kind,
            int rows,
            int columns,
            int inputs,
            RandomGenerator random) {
        try (Arena arena = Arena.ofConfined()) {
            PackedMatrix w =
                    PackedMatrix.pack(
                            RandomWeights.tensor(dtype, rows, columns, kind, random), arena);
            Activations a =
                    RandomWeights.activations(inputs, columns, kernels.tileRows(), arena, random);
            ScalarMatmul.quantize(a, 0, inputs);
            int stride = w.groups() * 16 + 16;
            MemorySegment expected = arena.allocate(4L * inputs * stride, 64);
            MemorySegment actual = arena.allocate(4L * inputs * stride, 64);
            ScalarMatmul.matmul(w, 0, w.groups(), a, expected, stride);
            kernels.matmul(w, 0, w.groups(), a, actual, stride);
            assertThat(actual.toArray(JAVA_INT))
                    .as("%s %s, %s rows, %s columns, %s inputs", dtype, kind, rows, columns, inputs)
                    .isEqualTo(expected.toArray(JAVA_INT));
        }
    }
}
