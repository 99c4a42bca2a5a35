package tramontane.catalog;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The user's settings for pulls.
 *
 * @param hubs hubs for {@code hf:} files, in order
 * @param pythons commands for a Python with pip, in order
 * @param retryPause pause before the first retry, doubled for each further one
 * @param stallTimeout how long a connection may deliver nothing before it counts as broken
 */
public record PullSettings(
        List<Hub> hubs, List<String> pythons, Duration retryPause, Duration stallTimeout) {
    /** A model hub or a mirror; the token is sent to no other host. */
    public record Hub(URI base, Optional<String> token) {}

    public PullSettings {
        hubs = List.copyOf(hubs);
        pythons = List.copyOf(pythons);
        if (hubs.isEmpty()) {
            throw new IllegalArgumentException("at least one hub is needed");
        }
    }

    /** The Hugging Face hub, with an optional token. */
    public static PullSettings standard(Optional<String> token) {
        return withHubs(List.of(new Hub(URI.create("https://huggingface.co"), token)));
    }

    /** The given hubs or mirrors instead of the default. */
    public static PullSettings withHubs(List<Hub> hubs) {
        return new PullSettings(
                hubs, List.of("python3", "python"), Duration.ofSeconds(1), Duration.ofSeconds(60));
    }
}
