package tramontane.endpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.Sha256;

/**
 * Serves the playground's files from the jar: {@code /} and {@code /playground/}. Each file is
 * compressed at its first request and cached.
 */
final class PageFiles {
    private static final String FOLDER = "/playground/";
    private static final Pattern NAME =
            Pattern.compile("([a-z0-9-]+/){0,3}[a-z0-9-]+\\.(html|js|css|svg|txt)");

    private static final Map<String, String> TYPES =
            Map.of(
                    "html", "text/html; charset=utf-8",
                    "js", "text/javascript; charset=utf-8",
                    "css", "text/css; charset=utf-8",
                    "svg", "image/svg+xml",
                    "txt", "text/plain; charset=utf-8");

    /** The page loads only its own files, runs no inline scripts, and cannot be framed. */
    private static final String POLICY =
            "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';"
                    + " img-src 'self' data:; base-uri 'none'; form-action 'none';"
                    + " frame-ancestors 'none'";

    private record PageFile(String type, byte[] plain, byte[] gzip, String tag) {}

    private final Map<String, PageFile> files = new ConcurrentHashMap<>();

    static boolean holds(String path) {
        return path.equals("/") || path.startsWith(FOLDER);
    }

    void show(Exchange exchange, String path) throws ApiException, IOException {
        String name = path.equals("/") ? "index.html" : path.substring(FOLDER.length());
        PageFile file =
                find(name)
                        .orElseThrow(() ->
                                new ApiException(
                                        ErrorCode.NOT_FOUND, "there is nothing at " + path));
        exchange.header("content-security-policy", POLICY);
        exchange.header("x-content-type-options", "nosniff");
        exchange.header("x-frame-options", "DENY");
        exchange.header("referrer-policy", "no-referrer");
        exchange.header("cross-origin-opener-policy", "same-origin");
        exchange.header("cache-control", "no-cache");
        exchange.varies("accept-encoding");
        exchange.header("etag", file.tag);
        if (exchange.header("if-none-match").filter(tags -> tags.contains(file.tag)).isPresent()) {
            exchange.empty(304);
            return;
        }
        boolean gzip = exchange.header("accept-encoding").filter(PageFiles::takesGzip).isPresent();
        if (gzip) {
            exchange.header("content-encoding", "gzip");
        }
        exchange.send(200, file.type, gzip ? file.gzip : file.plain);
    }

    private static boolean takesGzip(String encodings) {
        return Arrays.stream(encodings.split(","))
                .map(String::strip)
                .anyMatch(each -> each.matches("(?i)gzip(\\s*;\\s*q=(?!0(\\.0*)?$).*)?"));
    }

    private Optional<PageFile> find(String name) {
        // Only possible file names are looked up, so the map cannot grow beyond the page's files.
        if (!NAME.matcher(name).matches()) {
            return Optional.empty();
        }
        return Optional.ofNullable(files.get(name))
                .or(() -> {
                    Optional<PageFile> read = read(name);
                    read.ifPresent(file -> files.put(name, file));
                    return read;
                });
    }

    private static Optional<PageFile> read(String name) {
        try (InputStream in = PageFiles.class.getResourceAsStream("/tramontane/web/" + name)) {
            if (in == null) {
                return Optional.empty();
            }
            byte[] plain = in.readAllBytes();
            ByteArrayOutputStream gzip = new ByteArrayOutputStream();
            try (GZIPOutputStream out = new GZIPOutputStream(gzip)) {
                out.write(plain);
            }
            String type = TYPES.getOrDefault(name.substring(name.lastIndexOf('.') + 1), "");
            return Optional.of(new PageFile(type, plain, gzip.toByteArray(), tag(plain)));
        } catch (IOException e) {
            throw new UncheckedIOException("the jar of this server cannot be read", e);
        }
    }

    private static String tag(byte[] content) {
        return '"' + Sha256.of(content).substring(0, 24) + '"';
    }
}
