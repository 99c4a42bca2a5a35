package tramontane.access;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Distinguishes requests of local programs from those of foreign web pages in the user's browser.
 *
 * <p>A page can reach a loopback port in two ways: directly, and then the browser sends the page's
 * origin; or by DNS rebinding, where its own domain resolves to 127.0.0.1, and then the Host header
 * has that domain. A server without keys refuses both.
 */
public final class LocalOrigin {
    private static final Pattern ORIGIN =
            Pattern.compile("https?://([^/?#@]+)", Pattern.CASE_INSENSITIVE);
    private static final Pattern PORT = Pattern.compile(":\\d*$");
    private static final Set<String> NAMES = Set.of("localhost", "[::1]");
    private static final Pattern LOOPBACK_V4 =
            Pattern.compile("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");

    private LocalOrigin() {}

    /**
     * Whether a Host header names this machine. Browsers always send one, so a missing header is
     * allowed.
     */
    public static boolean isLocalHost(Optional<String> host) {
        return host.isEmpty() || isLocal(host.get());
    }

    /**
     * Whether an Origin header names a page of this machine. Programs other than browsers send
     * none.
     */
    public static boolean isLocalOrigin(Optional<String> origin) {
        if (origin.isEmpty()) {
            return true;
        }
        Matcher matcher = ORIGIN.matcher(origin.get());
        return matcher.matches() && isLocal(matcher.group(1));
    }

    private static boolean isLocal(String authority) {
        String name = PORT.matcher(authority).replaceFirst("").toLowerCase(Locale.ROOT);
        return NAMES.contains(name)
                || name.endsWith(".localhost")
                || LOOPBACK_V4.matcher(name).matches();
    }
}
