package tramontane.catalog;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Requests a file from a model hub, starting at some byte, and follows redirects.
 *
 * <p>A hub redirects to its storage. The redirect names the content in {@code X-Linked-Etag}: for
 * large files their SHA-256 sum. Redirects are followed here rather than by the HTTP client, to
 * read that header, and to send the token to no other host.
 */
final class HubConnection {
    private static final int MAX_REDIRECTS = 8;
    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(15);
    private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(60);
    private static final Pattern CONTENT_RANGE =
            Pattern.compile("bytes (?:(\\d+)-\\d+|\\*)/(\\d+)");
    private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

    /**
     * A response with a body.
     *
     * @param version the hub's name for the content; empty if unknown
     * @param start offset of the body's first byte; equal to {@code total} if nothing is left
     */
    record Answer(String version, long start, long total, InputStream body) {
        /** The SHA-256 sum of the file, if the hub gives it. */
        Optional<String> sha256() {
            return SHA256.matcher(version).matches() ? Optional.of(version) : Optional.empty();
        }
    }

    private final HttpClient client =
            HttpClient.newBuilder()
                    .followRedirects(HttpClient.Redirect.NEVER)
                    .connectTimeout(CONNECT_TIMEOUT)
                    .build();

    Answer open(PullSettings.Hub hub, ModelSource.HubFile file, long start)
            throws IOException, InterruptedException {
        URI uri = hub.base().resolve(path(hub, file));
        String version = "";
        for (int redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
            HttpResponse<InputStream> response =
                    client.send(request(hub, uri, start), BodyHandlers.ofInputStream());
            version = version.isEmpty() ? header(response.headers(), "X-Linked-Etag") : version;
            switch (response.statusCode()) {
                case 301, 302, 303, 307, 308 -> {
                    response.body().close();
                    uri = redirect(uri, response.headers());
                }
                case 200, 206, 416 -> {
                    return answer(version, response);
                }
                default -> {
                    response.body().close();
                    throw refusal(response.statusCode(), hub, file);
                }
            }
        }
        throw new PullException(hub.base() + " redirects more than " + MAX_REDIRECTS + " times");
    }

    private static String path(PullSettings.Hub hub, ModelSource.HubFile file) {
        String base = hub.base().getRawPath();
        String prefix = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
        String path =
                prefix
                        + "/"
                        + file.repository()
                        + "/resolve/"
                        + file.revision()
                        + "/"
                        + file.file();
        return path.replace("+", "%2B").replace(" ", "%20");
    }

    private static HttpRequest request(PullSettings.Hub hub, URI uri, long start) {
        HttpRequest.Builder request = HttpRequest.newBuilder(uri).timeout(ANSWER_TIMEOUT);
        request.header("User-Agent", "tramontane");
        if (start > 0) {
            request.header("Range", "bytes=" + start + "-");
        }
        if (hub.token().isPresent() && uri.getRawAuthority().equals(hub.base().getRawAuthority())) {
            request.header("Authorization", "Bearer " + hub.token().get());
        }
        return request.build();
    }

    private static URI redirect(URI from, HttpHeaders headers) {
        String location = header(headers, "Location");
        try {
            URI to = from.resolve(location);
            boolean known = "https".equals(to.getScheme()) || "http".equals(to.getScheme());
            if (known
                    && to.getRawAuthority() != null
                    && (from.getScheme().equals("http") || to.getScheme().equals("https"))) {
                return to;
            }
        } catch (IllegalArgumentException malformed) {
            throw new PullException(
                    from.getHost() + " redirects to " + location + ", which is no address",
                    malformed);
        }
        throw new PullException(
                from.getHost() + " redirects to " + location + ", which is not followed");
    }

    private static Answer answer(String linked, HttpResponse<InputStream> response)
            throws IOException {
        HttpHeaders headers = response.headers();
        String version = linked.isEmpty() ? header(headers, "ETag") : linked;
        version = version.replaceFirst("^W/", "").replace("\"", "");
        if (response.statusCode() == 200) {
            OptionalLong length = headers.firstValueAsLong("Content-Length");
            if (length.isEmpty()) {
                response.body().close();
                throw new PullException(
                        response.uri().getHost() + " does not say how long the file is");
            }
            return new Answer(version, 0, length.getAsLong(), response.body());
        }
        Matcher range = CONTENT_RANGE.matcher(header(headers, "Content-Range"));
        if (!range.matches()) {
            response.body().close();
            throw new PullException(
                    response.uri().getHost() + " answers a range without saying which");
        }
        long total = Long.parseLong(range.group(2));
        if (response.statusCode() == 416) {
            // The requested range starts at the end of the file: it is complete.
            response.body().close();
            return new Answer(version, total, total, InputStream.nullInputStream());
        }
        return new Answer(version, Long.parseLong(range.group(1)), total, response.body());
    }

    /** Overload and server errors are worth a retry; other errors are not. */
    private static PullException refusal(int status, PullSettings.Hub hub, ModelSource.HubFile file)
            throws IOException {
        if (status == 429 || status >= 500) {
            throw new IOException(hub.base().getHost() + " answers with status " + status);
        }
        return new PullException(
                switch (status) {
                    case 401, 403 ->
                            hub.base().getHost()
                                    + " wants a token for "
                                    + file.repository()
                                    + ": accept the model's licence there and set your access token";
                    case 404 -> hub.base().getHost() + " has no file " + file.spec();
                    default ->
                            hub.base().getHost()
                                    + " answers with status "
                                    + status
                                    + " for "
                                    + file.spec();
                });
    }

    private static String header(HttpHeaders headers, String name) {
        return headers.firstValue(name).orElse("");
    }
}
