package tramontane.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import java.util.random.RandomGenerator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tramontane.kernel.Activations;
import tramontane.kernel.Bfloat16;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.PackedMatrix;
import tramontane.kernel.RandomWeights;
import tramontane.kernel.RowDecoder;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

class ScalarMatmulTest {
    private static final int TILE_ROWS = 5;

    @ParameterizedTest
    @EnumSource
    void theProductOfEveryFormatIsThatOfItsDecodedValues(DType dtype) {
        RandomGenerator random = new Random(dtype.ordinal());
        for (RandomWeights.Kind kind : RandomWeights.Kind.values()) {
            check(dtype, kind, 16, 256, 1, random);
            check(dtype, kind, 1, 512, 3, random);
            check(dtype, kind, 35, 768, 13, random);
        }
        if (dtype.blockElements() == 32) {
            check(dtype, RandomWeights.Kind.ORDINARY, 17, 32, 2, random);
            check(dtype, RandomWeights.Kind.ORDINARY, 33, 96, 6, random);
        }
        if (dtype == DType.BF16_PAIRS) {
            check(dtype, RandomWeights.Kind.ORDINARY, 17, 2, 2, random);
            check(dtype, RandomWeights.Kind.ORDINARY, 31, 38, 6, random);
        }
        if (dtype.blockElements() == 1) {
            check(dtype, RandomWeights.Kind.ORDINARY, 17, 1, 2, random);
            check(dtype, RandomWeights.Kind.ORDINARY, 31, 37, 6, random);
        }
    }

    private static void check(
            DType dtype,
            RandomWeights.Kind kind,
            int rows,
            int columns,
            int inputs,
            RandomGenerator random) {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor = RandomWeights.tensor(dtype, rows, columns, kind, random);
            PackedMatrix w = PackedMatrix.pack(tensor, arena);
            Activations a = RandomWeights.activations(inputs, columns, TILE_ROWS, arena, random);
            ScalarMatmul.quantize(a, 0, inputs);
            ScalarPairs.round(a, 0, inputs);
            int stride = w.groups() * 16;
            MemorySegment out = arena.allocate(4L * inputs * stride, 64);
            ScalarMatmul.matmul(w, 0, w.groups(), a, new Fp32Rows(out, stride));
            MemorySegment row = arena.allocate(4L * columns, 64);
            for (int n = 0; n < stride; n++) {
                if (n < rows) {
                    RowDecoder.dequantizeRow(tensor, n, row);
                }
                for (int m = 0; m < inputs; m++) {
                    double sum = 0;
                    double magnitude = 0;
                    for (int k = 0; k < columns && n < rows; k++) {
                        double product =
                                (double) row.getAtIndex(JAVA_FLOAT, k) * input(a, dtype, m, k);
                        sum += product;
                        magnitude += Math.abs(product);
                    }
                    // The terms of the minimum cancel with those of the codes, so the tolerance is
                    // relative to the terms.
                    double allowed = magnitude * 1e-5 + columns * 1e-37;
                    assertThat((double) out.getAtIndex(JAVA_FLOAT, (long) m * stride + n))
                            .as(
                                    "%s %s, row %s of %s, input %s, %s columns",
                                    dtype, kind, n, rows, m, columns)
                            .isBetween(sum - allowed, sum + allowed);
                }
            }
        }
    }

    private static double input(Activations a, DType dtype, int row, int k) {
        if (dtype == DType.BF16_PAIRS) {
            return Bfloat16.round(a.values().getAtIndex(JAVA_FLOAT, (long) row * a.stride() + k));
        }
        if (!dtype.isQuantized()) {
            return a.values().getAtIndex(JAVA_FLOAT, (long) row * a.stride() + k);
        }
        float scale = a.quantized().get(JAVA_FLOAT, a.fieldOffset(row, k / 32, Activations.SCALE));
        return (double) scale * a.quantized().get(JAVA_BYTE, a.valuesOffset(row, k / 32) + k % 32);
    }

    @Test
    void quantizingRoundsHalvesToEvenAndMapsTheMaximumTo127() {
        float[] block = new float[32];
        block[0] = -254;
        block[1] = 1;
        block[2] = 3;
        block[3] = -5;
        block[31] = 253;
        checkBlock(block, 2, 0, -127, -127 + 0 + 2 - 2, 126);
    }

    @Test
    void aBlockTooSmallForItsInverseIsZero() {
        float[] block = new float[32];
        block[7] = 0.9e-30f;
        checkBlock(block, 0, 7, 0, 0, 0);
        checkBlock(new float[32], 0, 0, 0, 0, 0);
    }

    private static void checkBlock(
            float[] block, float scale, int index, int value, int first, int last) {
        try (Arena arena = Arena.ofConfined()) {
            Activations a = new Activations(1, 32, TILE_ROWS, arena);
            MemorySegment.copy(block, 0, a.values(), JAVA_FLOAT, 0, 32);
            ScalarMatmul.quantize(a, 0, 1);
            MemorySegment q = a.quantized();
            assertThat(q.get(JAVA_BYTE, index)).isEqualTo((byte) value);
            assertThat(q.get(JAVA_FLOAT, Activations.SCALE)).isEqualTo(scale);
            assertThat(q.get(JAVA_FLOAT, Activations.SCALED_SUM)).isEqualTo(scale * (first + last));
            assertThat(q.get(JAVA_INT, Activations.START_8)).isEqualTo(-8 * (first + last));
            assertThat(q.get(JAVA_INT, Activations.START_16)).isEqualTo(-16 * (first + last));
            assertThat(q.get(JAVA_INT, Activations.START_128)).isEqualTo(-128 * (first + last));
            assertThat(q.get(JAVA_INT, Activations.START_FIRST_HALF)).isEqualTo(-32 * first);
            assertThat(q.get(JAVA_INT, Activations.START_LAST_HALF)).isEqualTo(-32 * last);
        }
    }

    @Test
    void shapesThatDoNotMatchAreRefusedBeforeAnythingIsWritten() {
        try (Arena arena = Arena.ofConfined()) {
            Tensor tensor =
                    RandomWeights.tensor(
                            DType.Q8_0, 32, 64, RandomWeights.Kind.ORDINARY, new Random(1));
            PackedMatrix w = PackedMatrix.pack(tensor, arena);
            MemorySegment out = arena.allocate(4 * 32, 64);
            Activations wider = new Activations(1, 96, TILE_ROWS, arena);
            Activations fitting = new Activations(1, 64, TILE_ROWS, arena);
            assertThatThrownBy(() -> ScalarMatmul.matmul(w, 0, 2, wider, new Fp32Rows(out, 32)))
                    .hasMessage("weights have 64 columns, activations have 96");
            assertThatThrownBy(() -> ScalarMatmul.matmul(w, 0, 2, fitting, new Fp32Rows(out, 16)))
                    .hasMessage("output of 128 bytes, row stride 16, cannot hold 1 rows of 32");
            assertThatThrownBy(() -> ScalarMatmul.matmul(w, 0, 3, fitting, new Fp32Rows(out, 48)))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }
}
