package tramontane.catalog;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Optional;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.json.JsonMapper;

/** Where a pulled file came from. Lies beside it as {@code NAME.json}. */
public record Manifest(String name, String source, long bytes, String sha256, Instant pulledAt) {
    /** Empty where there is none, or none that can be read: the file is then looked at afresh. */
    static Optional<Manifest> read(Path path) {
        if (!Files.isRegularFile(path)) {
            return Optional.empty();
        }
        try {
            return Optional.of(JsonMapper.shared().readValue(path.toFile(), Manifest.class));
        } catch (JacksonException unreadable) {
            return Optional.empty();
        }
    }

    void write(Path path) {
        try {
            Files.write(
                    path,
                    JsonMapper.shared().writerWithDefaultPrettyPrinter().writeValueAsBytes(this));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
