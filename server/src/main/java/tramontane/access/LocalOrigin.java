package tramontane.access;

import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Tells requests of this machine's own programs from those a foreign web page makes through the
 * browser.
 *
 * <p>A page can reach a loopback port in two ways: directly, and then the browser names the page's
 * origin; or by pointing its own domain at 127.0.0.1, and then the Host header names that domain. A
 * server that asks for no key refuses both.
 */
public final class LocalOrigin {
    private static final Pattern ORIGIN =
            Pattern.compile("https?://([^/?#@]+)", Pattern.CASE_INSENSITIVE);
    private static final Pattern PORT = Pattern.compile(":\\d*$");
    private static final Set<String> NAMES = Set.of("localhost", "[::1]");
    private static final Pattern LOOPBACK_V4 =
            Pattern.compile("127\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}");

    private LocalOrigin() {}

    /** Whether a Host header names this machine. A request without one comes from no browser. */
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
