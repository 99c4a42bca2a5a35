package tramontane.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tramontane.api.ModelCard;
import tramontane.api.Sha256;
import tramontane.backend.Backend;

/**
 * What the answers of each model depend on, beside the request: equal on two servers only if they
 * give the same answers. Safe for use by many threads.
 */
final class Fingerprints {
    /**
     * The SHA-256 sums of a model's file and, if it has one, of its image encoder's.
     *
     * @param created of the model's card when the files were read; a replaced file has another
     */
    private record Sum(long created, String sha256) {}

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
     * @return the sum of the model's own file; empty for a model of an upstream
     */
    Optional<String> read(Backend backend, ModelCard card, Summing summing) throws IOException {
        Path file = backend.files().get(card.id());
        if (file == null) {
            return Optional.empty();
        }
        String own = summing.of(file);
        Path encoder = backend.encoderFiles().get(card.id());
        sums.put(
                card.id(),
                new Sum(card.created(), encoder == null ? own : own + '\0' + summing.of(encoder)));
        return Optional.of(own);
    }

    /** Empty for models of upstreams, and until the file was read in full. */
    Optional<String> of(ModelCard card) {
        return Optional.ofNullable(sums.get(card.id()))
                .filter(sum -> sum.created == card.created())
                .map(sum -> Sha256.of(sum.sha256 + '\0' + settings + '\0' + card.contextLength()));
    }
}
