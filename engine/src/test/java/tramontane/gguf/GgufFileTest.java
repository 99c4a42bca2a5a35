package tramontane.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import tramontane.tensor.DType;
import tramontane.tensor.Tensor;
import tramontane.testkit.Architecture;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.TinyModel;
import tramontane.testkit.WeightFormat;

class GgufFileTest {
    @TempDir Path folder;

    @Test
    void everyTypeOfValueIsReadAsItWasWritten() {
        GgufWriter writer =
                new GgufWriter()
                        .put("byte", (byte) -3)
                        .put("short", (short) -300)
                        .put("unsigned", 0xFFFF_FFFF)
                        .put("long", 1L << 40)
                        .put("float", 1.5f)
                        .put("double", 2.5)
                        .put("yes", true)
                        .put("text", "vent du nord é 🌬")
                        .put("texts", List.of("a", "", "ß"))
                        .put("ints", new int[] {1, -2, 3})
                        .put("floats", new float[] {0.5f, -0.25f});
        try (GgufFile file = open(writer)) {
            GgufMetadata metadata = file.metadata();
            assertThat(metadata.getInt("byte")).isEqualTo(-3);
            assertThat(metadata.getInt("short")).isEqualTo(-300);
            assertThat(metadata.getLong("unsigned")).isEqualTo(0xFFFF_FFFFL);
            assertThat(metadata.getLong("long")).isEqualTo(1L << 40);
            assertThat(metadata.getFloat("float")).isEqualTo(1.5f);
            assertThat(metadata.getFloat("double")).isEqualTo(2.5f);
            assertThat(metadata.getFloat("byte")).isEqualTo(-3f);
            assertThat(metadata.getBool("yes")).isTrue();
            assertThat(metadata.getString("text")).isEqualTo("vent du nord é 🌬");
            assertThat(metadata.getStrings("texts")).containsExactly("a", "", "ß");
            assertThat(metadata.getInts("ints")).containsExactly(1, -2, 3);
            assertThat(metadata.getFloats("floats")).containsExactly(0.5f, -0.25f);
            assertThat(metadata.isArray("ints")).isTrue();
            assertThat(metadata.isArray("text")).isFalse();
            assertThat(metadata.keys()).startsWith("byte", "short").hasSize(11);
            assertThat(metadata.findString("absent")).isEmpty();
            assertThat(metadata.findInts("absent")).isEmpty();
        }
    }

    @Test
    void aValueOfTheWrongTypeIsReportedWithTheExpectedType() {
        GgufWriter writer =
                new GgufWriter().put("text", "x").put("long", 1L << 40).put("huge", -1L);
        try (GgufFile file = open(writer)) {
            GgufMetadata metadata = file.metadata();
            refused(() -> metadata.getInt("text"), "text: is a string, an integer was expected");
            refused(
                    () -> metadata.getInt("long"),
                    "long: is 1099511627776, a 32-bit integer was expected");
            refused(
                    () -> metadata.getLong("huge"),
                    "huge: is 18446744073709551615, at most 2^63 - 1 is allowed");
            refused(() -> metadata.getString("none"), "none: is missing, a string was expected");
            refused(
                    () -> metadata.getInts("text"),
                    "text: is a string, an array of integers was expected");
        }
    }

    @Test
    void allDimensionsExceptTheFirstAreRows() {
        byte[] data = new byte[2 * 3 * 4 * 4];
        data[4 * 4 * 3] = 7;
        GgufWriter writer = new GgufWriter().version(2).tensor("t", 0, data, 4, 3, 2);
        try (GgufFile file = open(writer)) {
            TensorInfo tensor = file.required("t");
            assertThat(tensor.dtype()).isEqualTo(DType.F32);
            assertThat(tensor.columns()).isEqualTo(4);
            assertThat(tensor.rows()).isEqualTo(6);
            Tensor rows = file.read(tensor, 2, 3, MemorySegment.ofBuffer(ByteBuffer.allocate(100)));
            assertThat(rows.rows()).isEqualTo(3);
            assertThat(rows.row(1).get(ValueLayout.JAVA_BYTE, 0)).isEqualTo((byte) 7);
            assertThat(file.tensor("u")).isEmpty();
            refused(() -> file.required("u"), "tensor u: is missing from the file");
        }
    }

    @ParameterizedTest
    @EnumSource
    void tinyModelsOfEveryFormatOpen(WeightFormat format) {
        TinyModel model = TinyModel.of(Architecture.LLAMA).withFormat(format);
        try (GgufFile file = GgufFile.open(model.write(folder.resolve("tiny.gguf")))) {
            TensorInfo embedding = file.required("token_embd.weight");
            String name = embedding.stored().map(Enum::name).orElse(embedding.dtype().name());
            assertThat(name).isEqualTo(format.name());
            assertThat(file.required("token_embd.weight").rows()).isEqualTo(512);
            // NVFP4 matrices have a factor each, in a tensor of its own.
            assertThat(file.tensors())
                    .filteredOn(tensor -> !tensor.name().endsWith(".scale"))
                    .hasSize(21);
            assertThat(file.metadata().getStrings("tokenizer.ggml.tokens"))
                    .hasSize(512)
                    .doesNotHaveDuplicates();
        }
    }

    @Test
    void anUnusableFileIsRefusedWithTheReason() throws IOException {
        byte[] block = new byte[64];
        check(new GgufWriter().version(1), "version: is 1, only versions 2 and 3 can be read");
        check(
                new GgufWriter().version(0x0300_0000),
                "version: is big-endian, only little-endian files can be read");
        check(
                new GgufWriter().put("split.count", (short) 3),
                "is the first of 3 parts of a split model, and its name does not end in -00001-of-00003.gguf");
        check(
                new GgufWriter().tensor("blk.0.x", -1, block, 32),
                "tensor blk.0.x: has weight format 4294967295, known formats are F32 (0), F16 (1), Q4_0 (2)");
        check(
                new GgufWriter().tensor("t", 99, block, 32),
                "tensor t: has weight format 99, known formats are");
        check(
                new GgufWriter().tensor("t", 2, block, 33),
                "tensor t: has rows of 33 elements, Q4_0 needs a multiple of 32");
        check(
                new GgufWriter().tensor("t", 0, block, 17),
                "tensor t: needs 68 bytes at offset 0 of the data");
        check(new GgufWriter().tensor("t", 0, block, 0), "tensor t: has a dimension of 0");
        check(new GgufWriter().tensor("t", 0, block, 1, 1, 1, 1, 1), "tensor t: has 5 dimensions");
        check(
                new GgufWriter().tensor("t", 0, block, 1L << 32, 1L << 32),
                "tensor t: has more elements than 2^63");
        check(
                new GgufWriter().tensor("t", 0, block, 1L << 40, 1L << 22),
                "tensor t: has more elements than 2^63");
        check(
                new GgufWriter().tensor("t", 0, block, 16).tensor("t", 0, block, 16),
                "tensor t: appears twice");
        check(
                new GgufWriter().put("general.alignment", 24),
                "general.alignment: is 24, a power of two from 8");
        checkBytes(
                new byte[0],
                "magic: needs 4 bytes at offset 0 of the file's header, and only 0 bytes follow; the file is"
                        + " incomplete or damaged, copy or fetch it again");
        checkBytes("GGML1234".getBytes(), "magic: is not \"GGUF\", this is no GGUF file");
        refused(() -> GgufFile.open(folder.resolve("absent.gguf")), "absent.gguf: cannot be read");
        refused(() -> GgufFile.open(folder), "cannot be read");
    }

    @Test
    void aFileCutAnywhereIsCalledIncomplete() throws IOException {
        byte[] file =
                new GgufWriter()
                        .put("name", "vent")
                        .put("tokens", List.of("a", "bc", "def"))
                        .put("layers", 3)
                        .tensor("t", 0, new byte[64], 16)
                        .toBytes();
        for (int length = 0; length < file.length; length++) {
            checkBytes(Arrays.copyOf(file, length), "the file is incomplete or damaged");
        }
    }

    @Test
    void excessiveCountsAreRefusedBeforeMemoryIsAllocated() throws IOException {
        byte[] file = new GgufWriter().put("k", List.of("a")).toBytes();
        // "GGUF", version, tensor count at 8, key count at 16, key length at 24, key, type, element
        // type, count at 41.
        checkBytes(
                withLong(file, 8, 100_001), "tensor count: is 100001, at most 100000 are allowed");
        checkBytes(
                withLong(file, 8, -1),
                "tensor count: is 18446744073709551615, at most 100000 are allowed");
        checkBytes(
                withLong(file, 16, 65_537),
                "metadata key count: is 65537, at most 65536 are allowed");
        checkBytes(
                withLong(file, 24, 1 << 20),
                "metadata key length: is 1048576, at most 65535 are allowed");
        checkBytes(
                withLong(file, 41, Long.MAX_VALUE),
                "k: has 9223372036854775807 elements at offset 49 of the file's header, and only 15 bytes follow");
    }

    @Test
    void aVocabularyOfAQuarterMillionIsDecodedInOneCall() {
        List<String> tokens = Collections.nCopies(262_144, "▁vent");
        try (GgufFile file = open(new GgufWriter().put("tokens", tokens))) {
            assertThat(file.metadata().getStrings("tokens")).isEqualTo(tokens);
        }
    }

    private GgufFile open(GgufWriter writer) {
        Path path = folder.resolve("written.gguf");
        writer.write(path);
        return GgufFile.open(path);
    }

    private void check(GgufWriter writer, String message) throws IOException {
        checkBytes(writer.toBytes(), message);
    }

    private void checkBytes(byte[] bytes, String message) throws IOException {
        Path path = Files.write(folder.resolve("damaged.gguf"), bytes);
        refused(() -> GgufFile.open(path).close(), message);
    }

    private static byte[] withLong(byte[] file, int offset, long value) {
        byte[] changed = file.clone();
        for (int i = 0; i < 8; i++) {
            changed[offset + i] = (byte) (value >>> (8 * i));
        }
        return changed;
    }

    private static void refused(ThrowingCallable action, String message) {
        assertThatExceptionOfType(GgufException.class)
                .isThrownBy(action)
                .withMessageContaining(message);
    }
}
