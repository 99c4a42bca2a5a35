package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** {@code pack} ends when the packed weights are in their file, or says why they are not. */
class PackTest {
    @TempDir Path folder;
    private Path model;
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @BeforeEach
    void writeModel() throws IOException {
        model = folder.resolve("tiny.gguf");
        TinyModel.of(Architecture.QWEN2).write(model);
    }

    private int pack(String... more) {
        String[] arguments = new String[3 + more.length];
        arguments[0] = "pack";
        arguments[1] = "--model";
        arguments[2] = model.toString();
        System.arraycopy(more, 0, arguments, 3, more.length);
        CommandLine commands = Commands.of(arguments);
        commands.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
        return commands.execute(arguments);
    }

    @Test
    void theFileIsBesideTheModel() throws Exception {
        assertThat(pack()).as(err.toString()).isZero();
        Path packed = folder.resolve("tiny.gguf.packed");
        assertThat(packed).isNotEmptyFile();
        assertThat(out.toString()).contains("Packed weights: " + packed);
    }

    @Test
    void aFileThatFitsStays() throws Exception {
        pack();
        Path packed = folder.resolve("tiny.gguf.packed");
        FileTime written = Files.getLastModifiedTime(packed);
        assertThat(pack()).isZero();
        assertThat(Files.getLastModifiedTime(packed)).isEqualTo(written);
        Files.setLastModifiedTime(model, FileTime.fromMillis(1));
        assertThat(pack()).isZero();
        assertThat(Files.getLastModifiedTime(packed)).isGreaterThan(written);
    }

    @Test
    void aFolderMayBeGiven() throws Exception {
        Path cache = Files.createDirectory(folder.resolve("cache"));
        assertThat(pack("--packed-cache", cache.toString())).as(err.toString()).isZero();
        assertThat(cache).isDirectoryContaining("glob:**tiny.gguf-*.packed");
        assertThat(folder.resolve("tiny.gguf.packed")).doesNotExist();
    }

    @Test
    void aDraftModelIsPackedToo() throws Exception {
        Path draft = TinyModel.of(Architecture.QWEN2).write(folder.resolve("draft.gguf"));
        assertThat(pack("--draft-model", draft.toString())).as(err.toString()).isZero();
        assertThat(folder.resolve("draft.gguf.packed")).isNotEmptyFile();
        assertThat(out.toString()).contains("draft.gguf.packed");
    }

    @Test
    void aDraftModelOfNoModelIsAnError() {
        Path draft = TinyModel.of(Architecture.QWEN2).write(folder.resolve("draft.gguf"));
        assertThat(pack("--draft-model", "other=" + draft)).isEqualTo(1);
        assertThat(err.toString()).contains("no model other is served, only tiny");
    }

    @Test
    void whatCannotBeWrittenIsAnError() throws Exception {
        Path taken = Files.createDirectory(folder.resolve("tiny.gguf.packed"));
        Files.createFile(taken.resolve("something"));
        assertThat(pack()).isEqualTo(1);
        assertThat(err.toString()).contains(taken + " cannot be written");
    }
}
