package tramontane.catalog;

import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What a user can set about pulling.
 *
 * @param hubs where {@code hf:} files are asked for, in order
 * @param pythons commands that may start a Python with pip, in order
 * @param retryPause the pause before the first retry; it doubles with each one
 * @param stallTimeout how long a connection may bring nothing before it counts as broken
 */
public record PullSettings(
        List<Hub> hubs, List<String> pythons, Duration retryPause, Duration stallTimeout) {
    /** A model hub or a mirror of one; the token is sent to this host only. */
    public record Hub(URI base, Optional<String> token) {}

    public PullSettings {
        hubs = List.copyOf(hubs);
        pythons = List.copyOf(pythons);
        if (hubs.isEmpty()) {
            throw new IllegalArgumentException("at least one hub is needed");
        }
    }

    /** The Hugging Face hub, without a token unless one is given. */
    public static PullSettings standard(Optional<String> token) {
        return withHubs(List.of(new Hub(URI.create("https://huggingface.co"), token)));
    }

    /** The given hubs or mirrors in place of the usual one. */
    public static PullSettings withHubs(List<Hub> hubs) {
        return new PullSettings(
                hubs, List.of("python3", "python"), Duration.ofSeconds(1), Duration.ofSeconds(60));
    }
}
