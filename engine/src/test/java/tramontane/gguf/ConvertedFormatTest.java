package tramontane.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tramontane.kernel.RowDecoder;
import tramontane.tensor.Tensor;
import tramontane.testkit.GgufWriter;

/**
 * The golden values come from the reference GGUF package. {@code
 * src/test/golden/dequantize/make.py} writes them.
 */
class ConvertedFormatTest {
    @TempDir Path folder;

    @ParameterizedTest
    @EnumSource
    void everyFormatIsReadWithTheValuesOfTheReferenceImplementation(ConvertedFormat format)
            throws IOException {
        ByteBuffer golden = golden(format);
        int rows = golden.getInt();
        int columns = golden.getInt();
        byte[] blocks = new byte[rows * columns / format.blockElements() * format.blockBytes()];
        golden.get(blocks);
        try (GgufFile file = file(format, blocks, columns, rows);
                Arena arena = Arena.ofConfined()) {
            TensorInfo tensor = file.required("x");
            assertThat(tensor.dtype()).isEqualTo(format.target());
            MemorySegment into = arena.allocate(rows * tensor.rowBytes(), 64);
            Tensor whole = file.read(tensor, 0, rows, into);
            for (int row = 0; row < rows; row++) {
                float[] expected = new float[columns];
                golden.asFloatBuffer().get(row * columns, expected);
                assertThat(decode(whole, row)).as("row %s", row).isEqualTo(expected);
                MemorySegment one = arena.allocate(tensor.rowBytes(), 64);
                assertThat(decode(file.read(tensor, row, 1, one), 0)).isEqualTo(expected);
            }
        }
    }

    /** The block's values would not fit the format that it is converted into. */
    @Test
    void aScaleThatCannotBeConvertedIsRefusedWithItsValue() {
        byte[] block = new byte[17];
        Arrays.fill(block, (byte) 0x11);
        block[0] = 10;
        try (GgufFile file = file(ConvertedFormat.MXFP4, block, 32, 1);
                Arena arena = Arena.ofConfined()) {
            TensorInfo tensor = file.required("x");
            MemorySegment into = arena.allocate(tensor.rowBytes(), 64);
            assertThatExceptionOfType(GgufException.class)
                    .isThrownBy(() -> file.read(tensor, 0, 1, into))
                    .withMessageContaining("has the scale 2^-118");
        }
    }

    private GgufFile file(ConvertedFormat format, byte[] blocks, int columns, int rows) {
        Path path = folder.resolve("converted.gguf");
        new GgufWriter().tensor("x", format.ggufId(), blocks, columns, rows).write(path);
        return GgufFile.open(path);
    }

    private static ByteBuffer golden(ConvertedFormat format) throws IOException {
        Path path =
                Path.of(
                        "src/test/golden/dequantize",
                        format.name().toLowerCase(Locale.ROOT) + ".bin.gz");
        try (GZIPInputStream in =
                new GZIPInputStream(new ByteArrayInputStream(Files.readAllBytes(path)))) {
            return ByteBuffer.wrap(in.readAllBytes()).order(ByteOrder.LITTLE_ENDIAN);
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
