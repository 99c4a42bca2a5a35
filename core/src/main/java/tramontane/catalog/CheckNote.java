package tramontane.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * A model file's size and modification time when its sum was last computed. It is stored beside the
 * file, so that the file is read again only after it changed.
 *
 * @param sha256 empty if unknown
 */
record CheckNote(long bytes, Instant modified, String sha256) {
    /** The current state of the file. */
    static CheckNote of(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new CheckNote(attributes.size(), attributes.lastModifiedTime().toInstant(), "");
    }

    /** Empty if there is no readable note. */
    static Optional<CheckNote> read(Path path) {
        return SafeFiles.readJson(
                path,
                json ->
                        new CheckNote(
                                json.required("bytes").asLong(),
                                Instant.parse(json.required("modified").asString()),
                                json.required("sha256").asString()));
    }

    CheckNote withSum(String sum) {
        return new CheckNote(bytes, modified, sum);
    }

    /** Archives and images store whole seconds only, so a time without a fraction matches. */
    boolean matches(CheckNote now) {
        Instant whole = modified.truncatedTo(ChronoUnit.SECONDS);
        return bytes == now.bytes && (modified.equals(now.modified) || whole.equals(now.modified));
    }
}
