package tramontane.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ProjectorsTest {
    @TempDir private Path folder;

    private Optional<Path> found() throws Exception {
        return Projectors.FOUND.of("m", folder.resolve("m.gguf")).map(Projectors.Choice::file);
    }

    @Test
    void theOnlyEncoderBesideTheModelIsFound() throws Exception {
        assertThat(found()).isEmpty();
        Files.createFile(folder.resolve("m.gguf"));
        Files.createFile(folder.resolve("mmproj.txt"));
        assertThat(found()).isEmpty();
        Path first = Files.createFile(folder.resolve("m-mmproj-F16.gguf"));
        assertThat(found()).contains(first);
        Files.createFile(folder.resolve("mmproj-other.gguf"));
        assertThat(found()).isEmpty();
    }

    @Test
    void theOperatorsChoiceComesFirst() throws Exception {
        Files.createFile(folder.resolve("mmproj.gguf"));
        Path file = folder.resolve("m.gguf");
        Path given = folder.resolve("given");
        assertThat(new Projectors(Map.of("m", Optional.of(given))).of("m", file))
                .contains(new Projectors.Choice(given, true));
        assertThat(new Projectors(Map.of("m", Optional.empty())).of("m", file)).isEmpty();
        assertThat(new Projectors(Map.of("other", Optional.empty())).of("m", file)).isPresent();
        assertThat(new Projectors(Map.of(Projectors.ONLY_MODEL, Optional.empty())).of("m", file))
                .isEmpty();
    }
}
