package tramontane.kernel.vector;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.Matrices;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.RandomWeights;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/** Matmul and quantization give the scalar bits at the vector width of this process. */
class VectorMatmulTest {
    private final Kernels scalar = new ScalarKernels();
    private final Kernels vector = new VectorKernels();

    @BeforeEach
    void requireVectors() {
        assumeTrue(VectorKernels.refusal().isEmpty(), () -> VectorKernels.refusal().orElseThrow());
    }

    @ParameterizedTest
    @EnumSource
    void everyFormatGivesTheScalarBits(DType dtype) {
        for (RandomWeights.Kind kind : RandomWeights.Kind.values()) {
            check(dtype, kind, 16, 256, 1, 8);
            check(dtype, kind, 35, 768, 2, 8);
            check(dtype, kind, 16, 512, 3, 5);
            check(dtype, kind, 33, 768, 4, 8);
            check(dtype, kind, 16, 1280, 13, 8);
            check(dtype, kind, 40, 256, 27, 12);
            check(dtype, kind, 16, 256, 150, 8);
        }
        if (dtype.blockElements() == 32) {
            check(dtype, RandomWeights.Kind.ORDINARY, 17, 32, 2, 8);
            check(dtype, RandomWeights.Kind.ORDINARY, 33, 96, 6, 8);
            check(dtype, RandomWeights.Kind.EXTREME, 16, 544, 9, 8);
        }
        if (dtype.blockElements() == 1) {
            check(dtype, RandomWeights.Kind.ORDINARY, 17, 1, 2, 8);
            check(dtype, RandomWeights.Kind.ORDINARY, 31, 1100, 6, 8);
        }
        if (dtype == DType.BF16_PAIRS) {
            check(dtype, RandomWeights.Kind.ORDINARY, 17, 2, 2, 8);
            check(dtype, RandomWeights.Kind.ORDINARY, 31, 1110, 6, 8);
        }
    }

    /** Extreme codes times extreme activations: a 16-bit sum would overflow here first. */
    @ParameterizedTest
    @EnumSource(
            mode = EnumSource.Mode.EXCLUDE,
            names = {"F16", "BF16", "F32", "BF16_PAIRS"})
    void maximalSumsDoNotOverflow(DType dtype) {
        for (int code : new int[] {0x00, 0x7f, 0x80, 0xff}) {
            for (float sign : new float[] {1, -1}) {
                try (Arena arena = Arena.ofConfined()) {
                    Tensor tensor =
                            RandomWeights.tensor(
                                    dtype, 16, 256, RandomWeights.Kind.EXTREME, new Random(1));
                    MemorySegment packed = PackedMatrix.pack(tensor, arena).data();
                    packed.fill((byte) code);
                    // This fills the scales, too. 0x7f7f and 0xffff are NaN, so they become 0x3b3b.
                    for (long i = 0; i < packed.byteSize(); i++) {
                        if (isScale(dtype, i)) {
                            packed.set(JAVA_BYTE, i, (byte) 0x3b);
                        }
                    }
                    Activations a = Activations.withRounded(9, 256, 8, arena);
                    for (long i = 0; i < 9 * 256; i++) {
                        a.values()
                                .setAtIndex(
                                        ValueLayout.JAVA_FLOAT,
                                        i,
                                        sign * (i % 5 == 4 && sign > 0 ? -1 : 1));
                    }
                    compare(new PackedMatrix(dtype, 16, 256, packed), a, arena);
                    a.rows(1);
                    compare(new PackedMatrix(dtype, 16, 256, packed), a, arena);
                }
            }
        }
    }

    private static boolean isScale(DType dtype, long at) {
        int block = PackedMatrix.groupBlockBytes(dtype);
        return switch (dtype) {
            case Q4_0, Q4_1, IQ4_NL, FP4_32, FP4_16 -> at % block >= 256;
            case Q5_0, Q5_1 -> at % block >= 320;
            case Q8_0 -> at % block >= 512;
            case Q2_K, Q4_K, Q5_K, LUT4_32, LUT4_16 -> at % block < 64;
            case Q6_K, INT3_16 -> at % block < 32;
            case F16, BF16, F32, BF16_PAIRS -> false;
        };
    }

    private void check(
            DType dtype, RandomWeights.Kind kind, int rows, int columns, int inputs, int tileRows) {
        try (Arena arena = Arena.ofConfined()) {
            Random random = new Random(columns + inputs);
            PackedMatrix w =
                    PackedMatrix.pack(
                            RandomWeights.tensor(dtype, rows, columns, kind, random), arena);
            compare(w, RandomWeights.activations(inputs, columns, tileRows, arena, random), arena);
        }
    }

    private void compare(PackedMatrix w, Activations a, Arena arena) {
        scalar.quantize(a, 0, a.rows());
        byte[] quantized = a.quantized().toArray(JAVA_BYTE);
        a.quantized().fill((byte) 0x55);
        vector.quantize(a, 0, a.rows());
        int used = a.rows() * a.blocks() * Activations.BLOCK_ROW_BYTES;
        assertThat(a.quantized().asSlice(0, used).toArray(JAVA_BYTE))
                .isEqualTo(Arrays.copyOf(quantized, used));
        scalar.round(a, 0, a.rows());
        MemorySegment used16 = a.rounded().asSlice(0, 4L * a.rows() * a.roundedStride());
        int[] rounded = Matrices.bits(used16);
        used16.fill((byte) 0);
        vector.round(a, 0, a.rows());
        assertThat(Matrices.bits(used16)).isEqualTo(rounded);
        int stride = w.groups() * 16 + 16;
        MemorySegment expected = arena.allocate(4L * a.rows() * stride, 64);
        MemorySegment actual = arena.allocate(4L * a.rows() * stride, 64);
        scalar.matmul(w, 0, w.groups(), a, new Fp32Rows(expected, stride));
        vector.matmul(w, 0, w.groups(), a, new Fp32Rows(actual, stride));
        assertThat(Matrices.bits(actual))
                .as("%s, %s x %s, %s inputs", w.dtype(), w.rows(), w.columns(), a.rows())
                .isEqualTo(Matrices.bits(expected));
        actual.fill((byte) 0);
        vector.matmul(w, w.groups() - 1, w.groups(), a, new Fp32Rows(actual, stride));
        for (int row = 0; row < a.rows(); row++) {
            long last = 4 * ((long) row * stride + 16L * (w.groups() - 1));
            assertThat(Matrices.bits(actual.asSlice(last, 64)))
                    .isEqualTo(Matrices.bits(expected.asSlice(last, 64)));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 8})
    void noFormatAllocatesOnceCompiled(int inputs) {
        for (DType dtype : DType.values()) {
            try (Arena arena = Arena.ofConfined()) {
                Random random = new Random(1);
                Tensor tensor =
                        RandomWeights.tensor(dtype, 16, 512, RandomWeights.Kind.ORDINARY, random);
                PackedMatrix w = PackedMatrix.pack(tensor, arena);
                Activations a = RandomWeights.activations(inputs, 512, 8, arena, random);
                vector.round(a, 0, inputs);
                Fp32Rows out = new Fp32Rows(arena.allocate(4L * inputs * 16, 64), 16);
                VectorKernelsTest.checkNoAllocation(
                        dtype + " matmul", () -> vector.matmul(w, 0, 1, a, out));
                VectorKernelsTest.checkNoAllocation(
                        "quantize", () -> vector.quantize(a, 0, inputs));
                VectorKernelsTest.checkNoAllocation("round", () -> vector.round(a, 0, inputs));
            }
        }
    }
}
