package tramontane.image;

import java.net.URI;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * The hosts from which pictures may be fetched, as the operator names them: {@code
 * images.example.com}, or {@code images.example.com:8443} for another port than 443.
 */
public record ImageHosts(Set<String> names) {
    private static final int HTTPS = 443;
    private static final Pattern NAME =
            Pattern.compile("[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[1-9][0-9]{0,4})?");

    public static final ImageHosts NONE = new ImageHosts(Set.of());

    public ImageHosts {
        names = Set.copyOf(names);
    }

    /** True if a setting may have this entry. */
    public static boolean isName(String entry) {
        return NAME.matcher(entry.toLowerCase(Locale.ROOT)).matches();
    }

    public static ImageHosts of(List<String> entries) {
        return new ImageHosts(
                entries.stream()
                        .map(entry -> entry.toLowerCase(Locale.ROOT))
                        .map(entry -> entry.contains(":") ? entry : entry + ":" + HTTPS)
                        .collect(Collectors.toSet()));
    }

    static int port(URI address) {
        return address.getPort() < 0 ? HTTPS : address.getPort();
    }

    /**
     * @throws ImageException if nothing may be fetched from there
     */
    void check(URI address) throws ImageException {
        String host = address.getHost().toLowerCase(Locale.ROOT);
        if (!names.contains(host + ":" + port(address))) {
            throw new ImageException(
                    names.isEmpty()
                            ? "This server fetches no images: send the image as a data URL"
                                    + " (data:image/png;base64,…), or ask the operator to allow the host"
                                    + " with --image-hosts"
                            : "This server fetches no images from this host: send the image as a data"
                                    + " URL, or ask the operator to allow the host with --image-hosts");
        }
    }
}
