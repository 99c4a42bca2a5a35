package tramontane.access;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The web pages that may read answers (CORS, in the Fetch standard). Credentials such as cookies
 * are never allowed, so {@code *} is safe.
 *
 * @param origins such as {@code https://app.example}, or {@code *} for all
 */
public record AllowedOrigins(List<String> origins) {
    public static final String ANY = "*";

    public AllowedOrigins {
        origins = origins.stream().map(origin -> origin.toLowerCase(Locale.ROOT)).toList();
    }

    /** The value of {@code Access-Control-Allow-Origin} for a request with this origin. */
    public Optional<String> answer(Optional<String> origin) {
        if (origins.contains(ANY)) {
            return Optional.of(ANY);
        }
        return origin.filter(each -> origins.contains(each.toLowerCase(Locale.ROOT)));
    }

    /** True if answers differ by origin, which caches must be told. */
    public boolean differs() {
        return !origins.contains(ANY);
    }
}
