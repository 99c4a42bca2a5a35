package tramontane.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class TensorTest {
    /** Numbers and block sizes as in ggml's gguf.py, {@code GGML_QUANT_SIZES}. */
    @Test
    void formatsHaveTheNumbersAndBlockSizesOfGguf() {
        check(DType.F32, 0, 1, 4);
        check(DType.F16, 1, 1, 2);
        check(DType.Q4_0, 2, 32, 2 + 16);
        check(DType.Q4_1, 3, 32, 2 + 2 + 16);
        check(DType.Q5_0, 6, 32, 2 + 4 + 16);
        check(DType.Q5_1, 7, 32, 2 + 2 + 4 + 16);
        check(DType.Q8_0, 8, 32, 2 + 32);
        check(DType.Q2_K, 10, 256, 16 + 64 + 2 + 2);
        check(DType.Q4_K, 12, 256, 2 + 2 + 128 + 12);
        check(DType.Q5_K, 13, 256, 2 + 2 + 128 + 32 + 12);
        check(DType.Q6_K, 14, 256, 2 + 128 + 64 + 16);
        check(DType.BF16, 30, 1, 2);
        assertThat(DType.ofGgufId(4)).isEmpty();
        assertThat(DType.ofGgufId(DType.LUT4_32.ggufId())).isEmpty();
    }

    private static void check(DType type, int ggufId, int blockElements, int blockBytes) {
        assertThat(DType.ofGgufId(ggufId)).contains(type);
        assertThat(type.blockElements()).isEqualTo(blockElements);
        assertThat(type.rowBytes(3L * blockElements)).isEqualTo(3L * blockBytes);
        assertThat(type.isQuantized()).isEqualTo(blockElements > 1);
    }

    @Test
    void aRowIsAWholeNumberOfBlocks() {
        assertThatThrownBy(() -> DType.Q4_K.rowBytes(255)).hasMessageContaining("256");
        // Wide matrices of large models exceed an int.
        assertThat(DType.F32.rowBytes(1L << 30)).isEqualTo(4L << 30);
    }

    @Test
    void aTensorHasExactlyItsBytesRowByRow() {
        MemorySegment data = MemorySegment.ofArray(new byte[2 * 34]);
        data.set(java.lang.foreign.ValueLayout.JAVA_BYTE, 34, (byte) 7);
        Tensor tensor = new Tensor("t", DType.Q8_0, 2, 32, data);
        assertThat(tensor.row(1).byteSize()).isEqualTo(34);
        assertThat(tensor.row(1).get(java.lang.foreign.ValueLayout.JAVA_BYTE, 0))
                .isEqualTo((byte) 7);
        assertThatThrownBy(() -> new Tensor("t", DType.Q8_0, 3, 32, data))
                .hasMessageContaining("t needs 102 bytes and has 68");
        assertThatThrownBy(() -> new Tensor("t", DType.Q8_0, 0, 32, data))
                .hasMessageContaining("no elements");
        assertThatThrownBy(() -> tensor.row(2)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
