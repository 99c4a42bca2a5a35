package tramontane.catalog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import tramontane.testkit.RealModels;

/** The server, the scripts and the tests look for models in the same directory. */
@DisabledOnOs(OS.WINDOWS)
class ModelsDirectoryTest {
    private static final Path SCRIPT = Path.of("../tools/models.sh").toAbsolutePath();

    @Test
    void allOfThemAgree() throws IOException {
        Path here = Path.of("").toAbsolutePath();
        check(Map.of("HOME", "/h"), Path.of("/h/.cache/tramontane/models"));
        check(Map.of("HOME", "/h", "XDG_CACHE_HOME", "/c"), Path.of("/c/tramontane/models"));
        check(Map.of("HOME", "/h", "XDG_CACHE_HOME", ""), Path.of("/h/.cache/tramontane/models"));
        check(
                Map.of("HOME", "/h", "XDG_CACHE_HOME", "relative"),
                Path.of("/h/.cache/tramontane/models"));
        check(
                Map.of("HOME", "/h", "XDG_CACHE_HOME", "/c", "TRAMONTANE_MODELS", "/m"),
                Path.of("/m"));
        check(Map.of("HOME", "/h", "TRAMONTANE_MODELS", "my models"), here.resolve("my models"));
        check(
                Map.of("HOME", "/h", "TRAMONTANE_MODELS", ""),
                Path.of("/h/.cache/tramontane/models"));
    }

    private static void check(Map<String, String> environment, Path expected) throws IOException {
        Path home = ModelsDirectory.home(environment);
        assertThat(ModelsDirectory.of(environment, home)).as("%s", environment).isEqualTo(expected);
        assertThat(RealModels.directory(environment, Path.of("/elsewhere")))
                .as("%s", environment)
                .isEqualTo(expected);
        assertThat(script(environment)).as("%s", environment).isEqualTo(expected.toString());
    }

    private static String script(Map<String, String> environment) throws IOException {
        ProcessBuilder shell =
                new ProcessBuilder("bash", "-uc", ". '" + SCRIPT + "'; models_directory");
        shell.environment()
                .keySet()
                .removeAll(java.util.Set.of("XDG_CACHE_HOME", "TRAMONTANE_MODELS"));
        shell.environment().putAll(environment);
        Process process = shell.redirectError(ProcessBuilder.Redirect.INHERIT).start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    }
}
