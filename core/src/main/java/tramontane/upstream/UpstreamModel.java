package tramontane.upstream;

import java.net.URI;
import java.util.List;
import java.util.Optional;

/**
 * A model that another server runs.
 *
 * @param name its id here
 * @param addresses servers that are alike, each an HTTP or HTTPS URL without {@code /v1}
 * @param remoteName its id there
 * @param context maximum tokens of a prompt and its answer together; empty if the engine says it
 * @param key sent as bearer token
 */
public record UpstreamModel(
        String name,
        UpstreamKind kind,
        List<URI> addresses,
        String remoteName,
        Optional<Integer> context,
        Optional<String> key,
        UpstreamTimes times) {
    public UpstreamModel {
        addresses = List.copyOf(addresses);
    }

    /** Without the key, so that no log can have it. */
    @Override
    public String toString() {
        return name + " of " + kind.wireName() + " at " + addresses;
    }
}
