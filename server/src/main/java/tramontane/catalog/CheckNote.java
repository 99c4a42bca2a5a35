package tramontane.catalog;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * What a model file was like when its sum was last worked out. It lies beside the file, so that a
 * file is read whole only once, and again after its size or modification time changed.
 *
 * @param sha256 empty while it is not known
 */
record CheckNote(long bytes, Instant modified, String sha256) {
    /** The file as it is now. */
    static CheckNote of(Path file) throws IOException {
        BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
        return new CheckNote(attributes.size(), attributes.lastModifiedTime().toInstant(), "");
    }

    /** Empty where there is none that can be read. */
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

    /** Archives and images keep whole seconds only, so a file without a fraction of one matches. */
    boolean matches(CheckNote now) {
        Instant whole = modified.truncatedTo(ChronoUnit.SECONDS);
        return bytes == now.bytes && (modified.equals(now.modified) || whole.equals(now.modified));
    }
}
