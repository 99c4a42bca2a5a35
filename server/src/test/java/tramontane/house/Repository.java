package tramontane.house;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/** The project's own tree, as the whole-project tests read it. */
final class Repository {
    static final Path ROOT = findRoot();

    private static final Set<String> NOT_OURS =
            Set.of(".git", "target", "node_modules", ".venv", "__pycache__", ".idea", ".vscode");

    private Repository() {}

    /** Tests run in their module's directory, or in the root when an editor starts them. */
    private static Path findRoot() {
        Path here = Path.of("").toAbsolutePath();
        while (!Files.exists(here.resolve("tramontane"))) {
            here = here.getParent();
            if (here == null) {
                throw new IllegalStateException("no directory above holds the file 'tramontane'");
            }
        }
        return here;
    }

    /** Every file people write here, in a fixed order, as paths below the root. */
    static List<Path> files() {
        return walk(ROOT).map(ROOT::relativize).filter(Repository::isOurs).sorted().toList();
    }

    static List<Path> javaFiles() {
        return files().stream().filter(f -> f.toString().endsWith(".java")).toList();
    }

    /** Compiled classes of the shipped modules; {@code module} is engine or server. */
    static List<Path> classes(String module) {
        return walk(ROOT.resolve(module, "target", "classes"))
                .filter(f -> f.toString().endsWith(".class"))
                .sorted()
                .toList();
    }

    static boolean isMain(Path file) {
        return file.toString().replace('\\', '/').contains("src/main/");
    }

    static String read(Path file) {
        try {
            return Files.readString(ROOT.resolve(file));
        } catch (MalformedInputException _) {
            return ""; // Not text: goldens, compressed files.
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(ROOT.resolve(file));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static boolean isOurs(Path file) {
        if (file.startsWith("models")) {
            return false; // Gigabytes a user may keep here; git ignores them too.
        }
        for (Path part : file) {
            if (NOT_OURS.contains(part.toString())) {
                return false;
            }
        }
        return true;
    }

    private static Stream<Path> walk(Path from) {
        if (!Files.isDirectory(from)) {
            return Stream.empty();
        }
        try (Stream<Path> found = Files.walk(from)) {
            return found.filter(Files::isRegularFile).toList().stream();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
