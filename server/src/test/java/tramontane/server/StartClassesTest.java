package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyModel;

/** Which classes a start loads: those of picocli cannot be in the start cache. */
class StartClassesTest {
    @TempDir private Path folder;

    @Test
    void usualFlagsAreServedWithoutPicocli() throws IOException {
        Path model = TinyModel.of(Architecture.QWEN2).write(folder.resolve("tiny.gguf"));
        Path log = folder.resolve("classes.log");
        try (RunningProgram program =
                RunningProgram.serve(
                        Map.of(),
                        List.of("-Xlog:class+load:file=" + log),
                        "--model",
                        model.toString(),
                        "--port",
                        "0")) {
            URI url = program.url();
            assertThat(url.getPort()).isPositive();
            List<String> classes = Files.readAllLines(log);
            assertThat(classes).anyMatch(line -> line.contains(Serve.class.getName()));
            assertThat(classes).noneMatch(line -> line.contains(" picocli."));
        }
    }
}
