package tramontane.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

class FiniteCheckTest {
    private static final int ROWS = 40;
    private static final int COLUMNS = 512;

    /** Corrupts the scale or the value at the start of one block after the other. */
    @ParameterizedTest
    @EnumSource
    void oneWeightThatIsNotFiniteIsFound(DType dtype) {
        Random random = new Random(1);
        Tensor tensor =
                RandomWeights.tensor(dtype, ROWS, COLUMNS, RandomWeights.Kind.EXTREME, random);
        try (Arena arena = Arena.ofConfined()) {
            finite(tensor, arena);
            PackedMatrix sound = PackedMatrix.pack(tensor, arena);
            assertThat(FiniteCheck.isFinite(sound, 0, sound.groups())).isTrue();
            assertThat(FiniteCheck.isFinite(tensor)).isTrue();
            int blocks = (int) (tensor.data().byteSize() / dtype.blockBytes());
            for (int block = 0; block < blocks; block += 1 + random.nextInt(blocks / 50)) {
                for (boolean minimum :
                        hasMinimum(dtype) ? new boolean[] {false, true} : new boolean[1]) {
                    Tensor spoiled = spoiled(tensor, block, minimum, random);
                    assertThat(FiniteCheck.isFinite(spoiled)).isFalse();
                    PackedMatrix matrix = PackedMatrix.pack(spoiled, arena);
                    long row = block / (COLUMNS / dtype.blockElements());
                    int group = (int) (row / PackedMatrix.GROUP_ROWS);
                    assertThat(FiniteCheck.isFinite(matrix, group, group + 1)).isFalse();
                    assertThat(FiniteCheck.isFinite(matrix, 0, group)).isTrue();
                    assertThat(FiniteCheck.isFinite(matrix, group + 1, matrix.groups())).isTrue();
                }
            }
        }
    }

    private static boolean hasMinimum(DType dtype) {
        return switch (dtype) {
            case Q4_1, Q5_1, Q2_K, Q4_K, Q5_K, FP4_16 -> true;
            default -> false;
        };
    }

    private static int scaleOffset(DType dtype) {
        return switch (dtype) {
            case Q2_K -> 80;
            case Q6_K -> 208;
            default -> 0;
        };
    }

    /** Replaces random bytes that are not finite floats. */
    private static void finite(Tensor tensor, Arena arena) {
        if (tensor.dtype().isQuantized()) {
            return;
        }
        MemorySegment row = arena.allocate(4L * COLUMNS, 64);
        for (int r = 0; r < ROWS; r++) {
            RowDecoder.dequantizeRow(tensor, r, row);
            for (int k = 0; k < COLUMNS; k++) {
                if (!Float.isFinite(row.getAtIndex(ValueLayout.JAVA_FLOAT, k))) {
                    int bytes = tensor.dtype().blockBytes() / tensor.dtype().blockElements();
                    long at = ((long) r * COLUMNS + k) * bytes;
                    tensor.data().asSlice(at, bytes).fill((byte) 0);
                }
            }
        }
    }

    private static Tensor spoiled(Tensor tensor, int block, boolean minimum, Random random) {
        DType dtype = tensor.dtype();
        MemorySegment data = MemorySegment.ofArray(tensor.data().toArray(ValueLayout.JAVA_BYTE));
        long at = (long) block * dtype.blockBytes() + scaleOffset(dtype);
        at += minimum ? 2 : 0;
        // Infinities and NaN of either sign.
        int payload = random.nextBoolean() ? 0 : 1 + random.nextInt(100);
        int sign = random.nextBoolean() ? 1 : 0;
        switch (dtype) {
            case F32, LUT4_32, LUT4_16 ->
                    data.set(
                            ValueLayout.JAVA_INT_UNALIGNED, at, sign << 31 | 0x7F80_0000 | payload);
            case BF16, BF16_PAIRS ->
                    data.set(
                            ValueLayout.JAVA_SHORT_UNALIGNED,
                            at,
                            (short) (sign << 15 | 0x7F80 | payload));
            default ->
                    data.set(
                            ValueLayout.JAVA_SHORT_UNALIGNED,
                            at,
                            (short) (sign << 15 | 0x7C00 | payload));
        }
        return new Tensor(tensor.name(), dtype, tensor.rows(), tensor.columns(), data);
    }

    @Test
    void everyFloatOfABufferIsChecked() {
        try (Arena arena = Arena.ofConfined()) {
            for (int count = 1; count < 20; count++) {
                MemorySegment floats = arena.allocate(4L * count, 64);
                assertThat(FiniteCheck.isFinite(floats, count)).isTrue();
                for (int k = 0; k < count; k++) {
                    floats.setAtIndex(ValueLayout.JAVA_FLOAT, k, Float.NaN);
                    assertThat(FiniteCheck.isFinite(floats, count)).isFalse();
                    floats.setAtIndex(ValueLayout.JAVA_FLOAT, k, -Float.MAX_VALUE);
                }
                assertThat(FiniteCheck.isFinite(floats, count)).isTrue();
            }
        }
    }
}
