package tramontane.catalog;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** Where a pulled file came from. Lies beside it as {@code NAME.json}. */
public record Manifest(String name, String source, long bytes, String sha256, Instant pulledAt) {
    /** Empty where there is none, or none that can be read: the file is then looked at afresh. */
    static Optional<Manifest> read(Path path) {
        return SafeFiles.readJson(
                path,
                json ->
                        new Manifest(
                                json.required("name").asString(),
                                json.required("source").asString(),
                                json.required("bytes").asLong(),
                                json.required("sha256").asString(),
                                Instant.parse(json.required("pulledAt").asString())));
    }

    /** Replaces an earlier manifest; any other file of this name is renamed. */
    void write(Path path) throws IOException {
        if (read(path).isEmpty()) {
            SafeFiles.moveAside(path, "old");
        }
        SafeFiles.writeJson(path, this);
    }
}
