package tramontane.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
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
    void theEncoderWithTheModelsNameIsTaken() throws Exception {
        Files.createFile(folder.resolve("mmproj.gguf"));
        Files.createFile(folder.resolve("other.mmproj.gguf"));
        assertThat(found()).isEmpty();
        Path own = Files.createFile(folder.resolve("m.mmproj.gguf"));
        assertThat(found()).contains(own);
        assertThat(Projectors.FOUND.of("m", folder.resolve("m-00001-of-00003.gguf")))
                .contains(new Projectors.Choice(own, false));
        assertThat(new Projectors(Map.of("m", Optional.empty())).of("m", folder.resolve("m.gguf")))
                .isEmpty();
    }

    @Test
    void theEncoderOfAnotherModelIsNotTaken() throws Exception {
        for (String other : List.of("a.gguf", "a.mmproj.json", "a-00001-of-00002.gguf")) {
            Path encoder = Files.createFile(folder.resolve("a.mmproj.gguf"));
            // Nothing says that it is another model's.
            assertThat(found()).contains(encoder);
            Files.createFile(folder.resolve(other));
            assertThat(found()).as(other).isEmpty();
            Path only = Files.createFile(folder.resolve("mmproj-F16.gguf"));
            assertThat(found()).as(other).contains(only);
            for (Path file : List.of(encoder, only, folder.resolve(other))) {
                Files.delete(file);
            }
        }
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
        assertThat(new Projectors(Map.of(RunOptions.ONLY_MODEL, Optional.empty())).of("m", file))
                .isEmpty();
    }
}
