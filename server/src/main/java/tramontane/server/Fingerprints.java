package tramontane.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tramontane.api.ModelCard;
import tramontane.api.Sha256;
import tramontane.backend.Backend;
import tramontane.ledger.FileSums;

/**
 * What the answers of each model depend on, beside the request: equal on two servers only if they
 * give the same answers. Safe for use by many threads.
 */
final class Fingerprints {
    /**
     * The sums of a model's files.
     *
     * @param created of the model's card when the files were read; a replaced file has another
     */
    private record Sum(long created, FileSums files) {
        String text() {
            return files.encoder()
                    .map(encoder -> files.model() + '\0' + encoder)
                    .orElse(files.model());
        }
    }

    private final Map<String, Sum> sums = new ConcurrentHashMap<>();
    private final String settings;

    /**
     * @param version of this program, which has the arithmetic
     * @param template what the chat template is taken from
     */
    Fingerprints(String version, String template) {
        this.settings = version + '\0' + template;
    }

    /** Gives the SHA-256 sum of a file. */
    @FunctionalInterface
    interface Summing {
        String of(Path file) throws IOException;
    }

    /**
     * Reads the files of a model in full.
     *
     * @return their sums; empty for a model of an upstream
     */
    Optional<FileSums> read(Backend backend, ModelCard card, Summing summing) throws IOException {
        Path file = backend.files().get(card.id());
        if (file == null) {
            return Optional.empty();
        }
        String own = summing.of(file);
        Path encoder = backend.encoderFiles().get(card.id());
        FileSums files =
                new FileSums(
                        own, encoder == null ? Optional.empty() : Optional.of(summing.of(encoder)));
        sums.put(card.id(), new Sum(card.created(), files));
        return Optional.of(files);
    }

    /** Empty for models of upstreams, and until the file was read in full. */
    Optional<String> of(ModelCard card) {
        return Optional.ofNullable(sums.get(card.id()))
                .filter(sum -> sum.created == card.created())
                .map(sum -> Sha256.of(sum.text() + '\0' + settings + '\0' + card.contextLength()));
    }
}
