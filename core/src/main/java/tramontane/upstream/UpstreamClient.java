package tramontane.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import tools.jackson.databind.JsonNode;
import tramontane.api.ApiException;
import tramontane.api.JsonBody;

/** Sends requests to the addresses of one model. */
final class UpstreamClient implements AutoCloseable {
    private static final Duration CHECK_TIME = Duration.ofSeconds(5);
    private static final int MAX_REPLY_BYTES = 4 << 20;

    private final UpstreamModel model;
    private final HttpClient http;

    UpstreamClient(UpstreamModel model) {
        this.model = model;
        this.http =
                HttpClient.newBuilder()
                        .version(HttpClient.Version.HTTP_1_1)
                        .connectTimeout(model.times().connect())
                        .followRedirects(HttpClient.Redirect.NEVER)
                        .executor(
                                Executors.newThreadPerTaskExecutor(
                                        Thread.ofVirtual().name("upstream-http").factory()))
                        .build();
    }

    /** Cancelling the future, or closing the stream of its response, ends the request. */
    CompletableFuture<HttpResponse<InputStream>> post(Address address, String path, byte[] body) {
        HttpRequest.Builder request =
                to(address, path)
                        .header("content-type", "application/json")
                        .header("accept", "text/event-stream")
                        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
        if (Continuation.tellsTokens(model)) {
            request.header("tramontane-tokens", "true");
        }
        return http.sendAsync(request.build(), HttpResponse.BodyHandlers.ofInputStream());
    }

    /** Answers to checks: a status, and a body. */
    record Reply(int status, byte[] body) {
        /**
         * @throws IOException if the body is no JSON
         */
        JsonNode json() throws IOException {
            try {
                return JsonBody.parse(body);
            } catch (ApiException e) {
                throw new IOException("its list of models is no JSON", e);
            }
        }
    }

    Reply get(Address address, String path) throws IOException, InterruptedException {
        // The request's own timeout would end with the header of the response.
        CompletableFuture<HttpResponse<byte[]>> sent =
                http.sendAsync(
                        to(address, path).GET().build(),
                        HttpResponse.BodyHandlers.limiting(
                                HttpResponse.BodyHandlers.ofByteArray(), MAX_REPLY_BYTES));
        try {
            HttpResponse<byte[]> response = sent.get(CHECK_TIME.toMillis(), TimeUnit.MILLISECONDS);
            return new Reply(response.statusCode(), response.body());
        } catch (TimeoutException e) {
            throw new HttpTimeoutException("no reply within " + CHECK_TIME.toSeconds() + " s");
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failed ? failed : new IOException(e);
        } finally {
            sent.cancel(true);
        }
    }

    private HttpRequest.Builder to(Address address, String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(address.resolve(path));
        model.key().ifPresent(key -> request.header("authorization", "Bearer " + key));
        return request;
    }

    @Override
    public void close() {
        http.shutdownNow();
    }
}
