package tramontane.catalog;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.time.DateTimeException;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * Changes the models directory without overwriting files of others. A file in the way is renamed.
 * Notes are replaced atomically, so that a crash leaves the old one or the new one.
 */
final class SafeFiles {
    private static final int MAX_ASIDE = 1000;

    private SafeFiles() {}

    /** Reads a note; empty if there is none or it is of another kind. */
    static <T> Optional<T> readJson(Path path, Function<JsonNode, T> reading) {
        if (!Files.isRegularFile(path)) {
            return Optional.empty();
        }
        try {
            return Optional.of(reading.apply(JsonMapper.shared().readTree(path.toFile())));
        } catch (JacksonException | IllegalArgumentException | DateTimeException unreadable) {
            return Optional.empty();
        }
    }

    /** Writes {@code content} as JSON, replacing a file of this name. */
    static void writeJson(Path path, Object content) throws IOException {
        Path fresh =
                path.resolveSibling(
                        "." + path.getFileName() + "." + ProcessHandle.current().pid() + ".new");
        Files.deleteIfExists(fresh);
        Files.write(
                fresh,
                JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(content),
                StandardOpenOption.CREATE_NEW,
                StandardOpenOption.WRITE);
        try {
            Files.move(fresh, path, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(fresh);
        }
    }

    /**
     * Renames a file to the first free one of {@code .suffix}, {@code .suffix-2} and so on. Empty
     * if there is no such file.
     */
    static Optional<Path> moveAside(Path path, String suffix) throws IOException {
        if (!isThere(path)) {
            return Optional.empty();
        }
        for (int i = 1; i <= MAX_ASIDE; i++) {
            String number = i == 1 ? "" : "-" + i;
            Path aside = path.resolveSibling(path.getFileName() + "." + suffix + number);
            if (!isThere(aside)) {
                return Optional.of(Files.move(path, aside));
            }
        }
        throw new FileAlreadyExistsException(path + "." + suffix + "-" + MAX_ASIDE);
    }

    /** Whether a file of this name exists, also if it is a dangling link. */
    static boolean isThere(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    /** Whether it is a regular file, not a symbolic link, without other hard links. */
    static boolean isPlainFile(Path path) throws IOException {
        return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && links(path) == 1;
    }

    /** Number of hard links; 1 if the system does not tell. */
    private static int links(Path path) throws IOException {
        try {
            return Files.getAttribute(path, "unix:nlink", LinkOption.NOFOLLOW_LINKS)
                            instanceof Integer links
                    ? links
                    : 1;
        } catch (UnsupportedOperationException | IllegalArgumentException otherSystem) {
            return 1;
        }
    }
}
