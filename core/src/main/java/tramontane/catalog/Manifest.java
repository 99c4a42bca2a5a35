package tramontane.catalog;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;

/** Where a pulled file came from. Stored beside it as {@code NAME.json}. */
public record Manifest(String name, String source, long bytes, String sha256, Instant pulledAt) {
    /** Empty if there is no readable manifest; the file is then verified again. */
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

    /** Replaces an existing manifest; any other file of this name is renamed. */
    void write(Path path) throws IOException {
        if (read(path).isEmpty()) {
            SafeFiles.moveAside(path, "old");
        }
        SafeFiles.writeJson(path, this);
    }
}
