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
 * Changes the models directory without ever writing into a file that somebody else put there. What
 * is in the way is renamed, and notes replace each other whole, so that a kill leaves the old one
 * or the new one.
 */
final class SafeFiles {
    private static final int ASIDE_MAX = 1000;

    private SafeFiles() {}

    /** Reads a note; empty where there is none, or none of this kind. */
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

    /** Writes {@code content} as JSON, in place of what had this name. */
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
     * Gives a file another name: its own with {@code .suffix} or {@code .suffix-2} and so on,
     * whichever is free. Empty where there is nothing of this name.
     */
    static Optional<Path> moveAside(Path path, String suffix) throws IOException {
        if (!isThere(path)) {
            return Optional.empty();
        }
        for (int i = 1; i <= ASIDE_MAX; i++) {
            String number = i == 1 ? "" : "-" + i;
            Path aside = path.resolveSibling(path.getFileName() + "." + suffix + number);
            if (!isThere(aside)) {
                return Optional.of(Files.move(path, aside));
            }
        }
        throw new FileAlreadyExistsException(path + "." + suffix + "-" + ASIDE_MAX);
    }

    /** Whether the name is taken, be it by a link that leads nowhere. */
    static boolean isThere(Path path) {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS);
    }

    /** A regular file, no symbolic link, that has no other name. */
    static boolean isPlainFile(Path path) throws IOException {
        return Files.isRegularFile(path, LinkOption.NOFOLLOW_LINKS) && links(path) == 1;
    }

    /** How many names the file has; 1 where the system does not tell. */
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
