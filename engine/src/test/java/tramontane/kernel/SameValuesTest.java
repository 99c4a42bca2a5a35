package tramontane.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tramontane.kernel.scalar.ScalarMatmul;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/**
 * Formats in memory that save bytes where another format has the same values: products have the
 * same bits with both.
 */
class SameValuesTest {
    private static final int ROWS = 35;
    private static final int COLUMNS = 768;
    private static final int INPUTS = 5;

    @ParameterizedTest
    @CsvSource({"INT3_16, Q6_K", "IQ4_NL, Q8_0", "FP4_32, Q8_0"})
    void productsHaveTheBitsOfALargerFormatWithTheSameValues(DType small, DType large) {
        for (RandomWeights.Kind kind : RandomWeights.Kind.values()) {
            try (Arena arena = Arena.ofConfined()) {
                Random random = new Random(11);
                Tensor tensor = RandomWeights.tensor(small, ROWS, COLUMNS, kind, random);
                Activations a = RandomWeights.activations(INPUTS, COLUMNS, 4, arena, random);
                ScalarMatmul.quantize(a, 0, INPUTS);
                assertThat(products(tensor, a, arena))
                        .as("%s %s", kind, small)
                        .isEqualTo(products(larger(tensor, large), a, arena));
            }
        }
    }

    private static int[] products(Tensor tensor, Activations a, Arena arena) {
        PackedMatrix w = PackedMatrix.pack(tensor, arena);
        int stride = 16 * w.groups();
        MemorySegment out = arena.allocate(4L * INPUTS * stride, 64);
        ScalarMatmul.matmul(w, 0, w.groups(), a, new Fp32Rows(out, stride));
        return Matrices.bits(out);
    }

    /** The tensor in a format of larger codes. */
    private static Tensor larger(Tensor tensor, DType large) {
        DType small = tensor.dtype();
        WeightBlock block = new WeightBlock(small);
        int blocks = (int) (tensor.data().byteSize() / small.blockBytes());
        byte[] to = new byte[blocks * large.blockBytes()];
        for (int b = 0; b < blocks; b++) {
            long from = (long) b * small.blockBytes();
            block.read(tensor.data(), from);
            int start = b * large.blockBytes();
            int scale = start + (large == DType.Q6_K ? 208 : 0);
            MemorySegment.copy(tensor.data(), JAVA_BYTE, from, to, scale, 2);
            for (int k = 0; k < small.blockElements(); k++) {
                int value = (block.codes[k] & 0xFF) - WeightBlock.offset(small);
                if (large == DType.Q6_K) {
                    putSixBits(value + 32, k, to, start);
                } else {
                    to[start + 2 + k] = (byte) value;
                }
            }
            if (large == DType.Q6_K) {
                System.arraycopy(block.scaleFactors, 0, to, start + 192, 16);
            }
        }
        return new Tensor("larger", large, ROWS, COLUMNS, MemorySegment.ofArray(to));
    }

    /** Writes a code of Q6_K, whose layout is drawn at {@code WeightBlock.readQ6K}. */
    private static void putSixBits(int code, int k, byte[] to, int start) {
        int half = k / 128;
        int part = k / 32 % 4;
        to[start + half * 64 + k % 64] |= (byte) ((code & 15) << (4 * (part / 2)));
        to[start + 128 + half * 32 + k % 32] |= (byte) (code >> 4 << (2 * part));
    }
}
