package tramontane.kernel.choice;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tramontane.kernel.Activations;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.Kernels;
import tramontane.kernel.RandomWeights;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.kernel.scalar.ScalarMatmul;
import tramontane.kernel.vector.VectorKernels;
import tramontane.kernel.x86.InstructionSet;
import tramontane.kernel.x86.NativeKernels;

/** Operations on some columns of rows, by all kernels of this machine. */
class ColumnsTest {
    private static final int COLUMNS = 320;

    private static List<Kernels> kernels() {
        List<Kernels> all = new ArrayList<>(List.of(new ScalarKernels(), new VectorKernels()));
        for (InstructionSet set : InstructionSet.values()) {
            NativeKernels.of(set).ifPresent(all::add);
        }
        return all;
    }

    @Test
    void quantizingColumnByColumnGivesTheBytesOfTheWhole() {
        for (Kernels kernels : kernels()) {
            for (int rows : new int[] {1, 3, kernels.tileRows() + 1, 3 * kernels.tileRows()}) {
                checkQuantize(kernels, rows);
            }
        }
    }

    private static void checkQuantize(Kernels kernels, int rows) {
        try (Arena arena = Arena.ofConfined()) {
            Activations a =
                    RandomWeights.activations(
                            rows, COLUMNS, kernels.tileRows(), arena, new Random(3));
            ScalarMatmul.quantize(a, 0, rows);
            byte[] expected = a.quantized().toArray(JAVA_BYTE);
            a.quantized().fill((byte) 0x55);
            int block = 0;
            for (int blocks : new int[] {1, 4, 2, 3}) {
                Fp32Rows part = columns(a, block * 32, blocks * 32, arena);
                kernels.quantizeColumns(part, a, block, blocks);
                block += blocks;
            }
            assertThat(a.quantized().toArray(JAVA_BYTE))
                    .as("%s, %d rows", kernels.name(), rows)
                    .isEqualTo(expected);
        }
    }

    private static Fp32Rows columns(Activations a, int column, int columns, Arena arena) {
        int stride = columns + 16;
        MemorySegment part = arena.allocate(4L * a.rows() * stride, 64);
        for (int row = 0; row < a.rows(); row++) {
            long from = 4L * ((long) row * a.stride() + column);
            MemorySegment.copy(a.values(), from, part, 4L * row * stride, 4L * columns);
        }
        return new Fp32Rows(part, stride);
    }

    @Test
    void columnsThatAreNotThereAreRefused() {
        for (Kernels kernels : kernels()) {
            try (Arena arena = Arena.ofConfined()) {
                Activations a = new Activations(2, 64, kernels.tileRows(), arena);
                Fp32Rows x = new Fp32Rows(arena.allocate(4L * 2 * 32, 64), 32);
                assertThatThrownBy(() -> kernels.quantizeColumns(x, a, 2, 1))
                        .isInstanceOf(IndexOutOfBoundsException.class);
                assertThatThrownBy(() -> kernels.quantizeColumns(x, a, 0, 2))
                        .hasMessage("rows of 256 bytes, row stride 32, do not hold 2 rows of 64");
            }
        }
    }

    @Test
    void addsRowsOfDifferentStrides() {
        for (Kernels kernels : kernels()) {
            try (Arena arena = Arena.ofConfined()) {
                Fp32Rows x = new Fp32Rows(arena.allocateFrom(JAVA_FLOAT, filled(3 * 48, 1f)), 48);
                Fp32Rows y = new Fp32Rows(arena.allocateFrom(JAVA_FLOAT, filled(3 * 32, 2f)), 32);
                kernels.addRows(x.from(16), y, 20, 3);
                for (int i = 0; i < 3 * 48; i++) {
                    boolean isAdded = i % 48 >= 16 && i % 48 < 36;
                    assertThat(x.values().getAtIndex(JAVA_FLOAT, i))
                            .as("%s, element %d", kernels.name(), i)
                            .isEqualTo(isAdded ? 3f : 1f);
                }
            }
        }
    }

    private static float[] filled(int count, float value) {
        float[] all = new float[count];
        Arrays.fill(all, value);
        return all;
    }
}
