package tramontane.kernel;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;

/**
 * The golden values come from the reference GGUF package. {@code
 * src/test/golden/dequantize/make.py} writes them.
 */
class RowDecoderTest {
    @ParameterizedTest
    @EnumSource(
            names = {
                "Q4_0", "Q4_1", "Q5_0", "Q5_1", "Q8_0", "Q2_K", "Q4_K", "Q5_K", "Q6_K", "IQ4_NL"
            })
    void everyFormatDecodesToTheValuesOfTheReferenceImplementation(DType dtype) throws IOException {
        Path file =
                Path.of(
                        "src/test/golden/dequantize",
                        dtype.name().toLowerCase(Locale.ROOT) + ".bin.gz");
        byte[] bytes;
        try (GZIPInputStream in =
                new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(file)))) {
            bytes = in.readAllBytes();
        }
        ByteBuffer golden = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        int rows = golden.getInt();
        int columns = golden.getInt();
        byte[] blocks = new byte[(int) (rows * dtype.rowBytes(columns))];
        golden.get(blocks);
        Tensor tensor = new Tensor("golden", dtype, rows, columns, MemorySegment.ofArray(blocks));
        for (int row = 0; row < rows; row++) {
            float[] expected = new float[columns];
            for (int k = 0; k < columns; k++) {
                expected[k] = golden.getFloat();
            }
            assertThat(decode(tensor, row)).as("row %s of %s", row, dtype).isEqualTo(expected);
        }
    }

    @Test
    void floatingPointFormatsDecodeEveryFiniteValue() {
        byte[] bytes = {0, 0x3C, 1, 0, (byte) 0xFF, 0x7B, 0, (byte) 0x80};
        assertThat(decode(new Tensor("half", DType.F16, 1, 4, MemorySegment.ofArray(bytes)), 0))
                .containsExactly(1f, 0x1p-24f, 65504f, -0f);
        assertThat(decode(new Tensor("brain", DType.BF16, 1, 4, MemorySegment.ofArray(bytes)), 0))
                .containsExactly(0x1p-7f, 0x1p-133f, 0x1.FEp+120f, -0f);
        assertThat(decode(new Tensor("single", DType.F32, 1, 2, MemorySegment.ofArray(bytes)), 0))
                .containsExactly(
                        Float.intBitsToFloat(0x00013C00), Float.intBitsToFloat(0x80007BFF));
    }

    @ParameterizedTest
    @EnumSource
    void aPackedRowDecodesToTheBitsOfTheTensorsRow(DType dtype) {
        Random random = new Random(7);
        for (RandomWeights.Kind kind : RandomWeights.Kind.values()) {
            Tensor tensor = RandomWeights.tensor(dtype, 37, 512, kind, random);
            try (Arena arena = Arena.ofConfined()) {
                PackedMatrix packed = PackedMatrix.pack(tensor, arena);
                MemorySegment out = arena.allocate(4L * 512, 64);
                for (int row = 0; row < 37; row++) {
                    RowDecoder.dequantizeRow(packed, row, out);
                    assertThat(out.toArray(ValueLayout.JAVA_FLOAT))
                            .as("%s row %d of %s", kind, row, dtype)
                            .isEqualTo(decode(tensor, row));
                }
            }
        }
    }

    private static float[] decode(Tensor tensor, int row) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment out = arena.allocate(4 * tensor.columns(), 64);
            RowDecoder.dequantizeRow(tensor, row, out);
            return out.toArray(ValueLayout.JAVA_FLOAT);
        }
    }
}
