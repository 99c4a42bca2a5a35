package tramontane.server;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import tramontane.api.ModelCard;
import tramontane.api.Sha256;

/**
 * What the answers of each model depend on, beside the request: equal on two servers only if they
 * give the same answers. Safe for use by many threads.
 */
final class Fingerprints {
    /**
     * The SHA-256 sum of a model's file.
     *
     * @param created of the model's card when the file was read; a replaced file has another
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

    void modelSum(ModelCard card, String sha256) {
        sums.put(card.id(), new Sum(card.created(), sha256));
    }

    /** Empty for models of upstreams, and until the file was read in full. */
    Optional<String> of(ModelCard card) {
        return Optional.ofNullable(sums.get(card.id()))
                .filter(sum -> sum.created == card.created())
                .map(sum -> Sha256.of(sum.sha256 + '\0' + settings + '\0' + card.contextLength()));
    }
}
