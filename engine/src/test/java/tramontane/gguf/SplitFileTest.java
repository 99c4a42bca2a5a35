package tramontane.gguf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.testkit.GgufWriter;

/**
 * Split models. The reference GGUF package wrote a file whole and in three parts; {@code
 * src/test/golden/split/make.py} is the script.
 */
class SplitFileTest {
    private static final Path GOLDEN = Path.of("src/test/golden/split");

    @TempDir Path folder;

    private Path first;
    private Path second;
    private Path third;

    @BeforeEach
    void copyParts() throws IOException {
        first = copy("parts-00001-of-00003.gguf");
        second = copy("parts-00002-of-00003.gguf");
        third = copy("parts-00003-of-00003.gguf");
    }

    private Path copy(String name) throws IOException {
        return Files.copy(GOLDEN.resolve(name), folder.resolve(name));
    }

    @Test
    void thePartsHaveTheTensorsAndTheMetadataOfTheWholeFile() {
        try (GgufFile whole = GgufFile.open(GOLDEN.resolve("whole.gguf"));
                GgufFile parts = GgufFile.open(first);
                Arena arena = Arena.ofConfined()) {
            assertThat(parts.metadata().keys()).containsAll(whole.metadata().keys());
            assertThat(parts.metadata().getStrings("tokenizer.ggml.tokens"))
                    .containsExactly("a", "b");
            assertThat(parts.tensors()).extracting(TensorInfo::name).hasSize(5);
            for (TensorInfo expected : whole.tensors()) {
                TensorInfo tensor = parts.required(expected.name());
                assertThat(tensor.dtype()).isEqualTo(expected.dtype());
                assertThat(read(parts, tensor, arena)).isEqualTo(read(whole, expected, arena));
            }
            parts.checkUnchanged();
        }
    }

    private static byte[] read(GgufFile file, TensorInfo tensor, Arena arena) {
        return file.read(
                        tensor,
                        0,
                        tensor.rows(),
                        arena.allocate(tensor.rows() * tensor.rowBytes(), 64))
                .data()
                .toArray(java.lang.foreign.ValueLayout.JAVA_BYTE);
    }

    @Test
    void aMissingPartIsRefusedByItsName() throws IOException {
        Files.delete(second);
        refused(first, second + ": is missing, it is part 2 of 3 of the split model " + first);
    }

    @Test
    void aPartThatIsNotTheFirstNamesTheFirst() {
        refused(
                third,
                third
                        + ": is part 3 of 3 of a split model, name its first part,"
                        + " parts-00001-of-00003.gguf");
    }

    @Test
    void aFirstPartWithAnotherNameIsRefused() throws IOException {
        Path renamed = Files.move(first, folder.resolve("model.gguf"));
        refused(renamed, "its name does not end in -00001-of-00003.gguf");
    }

    @Test
    void aPartInThePlaceOfAnotherIsRefusedByItsName() throws IOException {
        Files.delete(second);
        Files.copy(third, second);
        refused(
                second.resolveSibling(first.getFileName()),
                second + ": is part 3 of 3 by its metadata, part 2 of 3 was expected");
    }

    @Test
    void aPartThatIsNoFileOfThisKindIsRefusedByItsName() throws IOException {
        Files.writeString(second, "no model at all");
        refused(first, second + ": magic: is not \"GGUF\"");
        new GgufWriter().put("general.name", "whole").write(second);
        refused(first, second + ": is part 1 of 1 by its metadata");
    }

    @Test
    void aPartOfAnotherModelIsNoticedByTheNumberOfTensors() {
        new GgufWriter()
                .put("split.no", 1)
                .put("split.count", 3)
                .tensor("other.weight", 0, new byte[128], 32)
                .write(second);
        refused(first, "has 4 tensors in all parts instead of 5 (split.tensors.count)");
    }

    @Test
    void aTensorInTwoPartsIsRefused() {
        new GgufWriter()
                .put("split.no", 1)
                .put("split.count", 3)
                .tensor("blk.0.weight", 0, new byte[128], 32)
                .write(second);
        refused(first, "tensor blk.0.weight: is in " + second + " and in an earlier part");
    }

    @Test
    void aChangeOfAnyPartIsNoticed() throws IOException {
        try (GgufFile file = GgufFile.open(first)) {
            Files.setLastModifiedTime(third, FileTime.from(Instant.ofEpochSecond(1_700_000_000)));
            assertThatExceptionOfType(GgufException.class)
                    .isThrownBy(file::checkUnchanged)
                    .withMessageStartingWith(third + ": changed while it was being read");
        }
    }

    @Test
    void namesOfPartsAreRecognized() {
        assertThat(SplitName.parse("a-b-00002-of-00012.gguf"))
                .contains(new SplitName("a-b", 2, 12));
        assertThat(new SplitName("a-b", 2, 12).file()).isEqualTo("a-b-00002-of-00012.gguf");
        for (String other :
                new String[] {
                    "a.gguf",
                    "a-2-of-3.gguf",
                    "a-00004-of-00003.gguf",
                    "a-00000-of-00003.gguf",
                    "a-00001-of-99999.gguf",
                    "-00001-of-00003.gguf"
                }) {
            assertThat(SplitName.parse(other)).as(other).isEmpty();
        }
    }

    private static void refused(Path path, String message) {
        assertThatExceptionOfType(GgufException.class)
                .isThrownBy(() -> GgufFile.open(path).close())
                .withMessageContaining(message);
    }
}
