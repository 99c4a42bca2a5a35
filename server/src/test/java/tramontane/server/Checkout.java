package tramontane.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/** Files of this repository, for tests that compare them with what is served. */
final class Checkout {
    private Checkout() {}

    /** The text of a file, or of every file in a directory. */
    static List<String> read(String name) throws IOException {
        List<String> texts = new ArrayList<>();
        try (Stream<Path> files = Files.walk(path(name))) {
            for (Path file : files.filter(Files::isRegularFile).sorted().toList()) {
                texts.add(Files.readString(file));
            }
        }
        return texts;
    }

    /** Tests run in their module's directory, or in the root when an editor starts them. */
    static Path path(String name) {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.exists(here.resolve("tramontane"))) {
            here = Optional.ofNullable(here.getParent()).orElseThrow();
        }
        return here.resolve(name);
    }
}
