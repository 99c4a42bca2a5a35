package tramontane.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.net.ProxySelector;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.hc.client5.http.classic.methods.HttpGet;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.classic.methods.HttpUriRequestBase;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.ManagedHttpClientConnectionFactory;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManager;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.client5.http.impl.routing.SystemDefaultRoutePlanner;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.HttpEntity;
import org.apache.hc.core5.http.HttpMessage;
import org.apache.hc.core5.http.config.Http1Config;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.apache.hc.core5.io.CloseMode;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import tools.jackson.databind.JsonNode;
import tramontane.api.ApiException;
import tramontane.api.JsonBody;
import tramontane.backend.Via;

/**
 * Sends requests to the addresses of one model. A request blocks its thread, which is virtual:
 * handing a response from thread to thread would delay the first event of every answer.
 */
final class UpstreamClient implements AutoCloseable {
    private static final Duration CHECK_TIME = Duration.ofSeconds(5);
    private static final int MAX_REPLY_BYTES = 4 << 20;

    /** Of the header of a response. */
    private static final int MAX_LINE_BYTES = 16 << 10;

    private static final int MAX_HEADERS = 200;

    /** Each open answer has one, and the number of these is limited elsewhere. */
    private static final int MAX_CONNECTIONS = 1 << 16;

    /**
     * A connection that was idle for so long is tested before it is used, which takes up to a
     * millisecond. vLLM closes one after five seconds.
     */
    private static final TimeValue TRUSTED = TimeValue.ofSeconds(1);

    private static final TimeValue MAX_IDLE = TimeValue.ofSeconds(30);

    private final UpstreamModel model;
    private final PoolingHttpClientConnectionManager connections;
    private final CloseableHttpClient http;

    UpstreamClient(UpstreamModel model) {
        this.model = model;
        this.connections = connections(Timeout.of(model.times().connect()));
        this.http =
                HttpClients.custom()
                        .setConnectionManager(connections)
                        .setDefaultRequestConfig(
                                RequestConfig.custom()
                                        // Attempt watches the time of a response.
                                        .setResponseTimeout(Timeout.DISABLED)
                                        .setProtocolUpgradeEnabled(false)
                                        .build())
                        .setRoutePlanner(new SystemDefaultRoutePlanner(ProxySelector.getDefault()))
                        .evictIdleConnections(MAX_IDLE)
                        .disableAutomaticRetries()
                        .disableRedirectHandling()
                        .disableContentCompression()
                        .disableCookieManagement()
                        .disableAuthCaching()
                        .disableConnectionState()
                        .disableDefaultUserAgent()
                        .build();
    }

    private static PoolingHttpClientConnectionManager connections(Timeout connect) {
        return PoolingHttpClientConnectionManagerBuilder.create()
                .setConnectionFactory(
                        ManagedHttpClientConnectionFactory.builder()
                                .http1Config(
                                        Http1Config.custom()
                                                .setMaxLineLength(MAX_LINE_BYTES)
                                                .setMaxHeaderCount(MAX_HEADERS)
                                                .build())
                                .build())
                .setDefaultConnectionConfig(
                        ConnectionConfig.custom()
                                .setConnectTimeout(connect)
                                .setSocketTimeout(Timeout.DISABLED)
                                .setValidateAfterInactivity(TRUSTED)
                                .build())
                .setDefaultTlsConfig(TlsConfig.custom().setHandshakeTimeout(connect).build())
                .setMaxConnPerRoute(MAX_CONNECTIONS)
                .setMaxConnTotal(MAX_CONNECTIONS)
                .build();
    }

    /**
     * The beginning of a response.
     *
     * @param body the rest, as it arrives. When its end is read the connection is kept; closing it
     *     would wait for the end
     */
    record Head(
            int status,
            Optional<String> fingerprint,
            Optional<String> retryAfter,
            InputStream body) {}

    /** A request. One thread sends it and reads the response; any thread may end it. */
    final class Call {
        private final HttpPost request;

        private Call(HttpPost request) {
            this.request = request;
        }

        /** Waits for the header of the response. */
        Head send() throws IOException {
            try {
                ClassicHttpResponse response = http.executeOpen(null, request, null);
                HttpEntity entity = response.getEntity();
                return new Head(
                        response.getCode(),
                        header(response, "tramontane-fingerprint"),
                        header(response, "retry-after"),
                        entity == null ? InputStream.nullInputStream() : entity.getContent());
            } catch (IOException e) {
                // A server that has ended has closed the others, too.
                connections.closeIdle(TimeValue.ZERO_MILLISECONDS);
                throw e;
            }
        }

        /** Closes the connection, unless the response has been read to its end. */
        void end() {
            boolean unused = request.cancel();
        }
    }

    private static Optional<String> header(HttpMessage response, String name) {
        return Optional.ofNullable(response.getFirstHeader(name)).map(Header::getValue);
    }

    /**
     * @param hops Tramontanes that will have passed the request on, this one included
     */
    Call post(Address address, String path, byte[] body, int hops) {
        HttpPost request = to(new HttpPost(address.resolve(path)));
        request.setEntity(new ByteArrayEntity(body, ContentType.create("application/json")));
        request.setHeader("accept", "text/event-stream");
        request.setHeader("via", Via.of(hops));
        if (Continuation.tellsTokens(model)) {
            request.setHeader("tramontane-tokens", "true");
        }
        return new Call(request);
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
        URI uri = address.resolve(path);
        HttpGet request = to(new HttpGet(uri));
        AtomicBoolean late = new AtomicBoolean();
        Thread watch =
                Thread.ofVirtual().name("upstream-check-time").start(() -> end(request, late));
        try (ClassicHttpResponse response = http.executeOpen(null, request, null)) {
            HttpEntity entity = response.getEntity();
            byte[] body =
                    entity == null
                            ? new byte[0]
                            : entity.getContent().readNBytes(MAX_REPLY_BYTES + 1);
            if (body.length > MAX_REPLY_BYTES) {
                // Closing the response would read the rest.
                boolean unused = request.cancel();
                throw new IOException("the reply is longer than " + MAX_REPLY_BYTES + " bytes");
            }
            return new Reply(response.getCode(), body);
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            throw late.get()
                    ? new SocketTimeoutException("no reply within " + CHECK_TIME.toSeconds() + " s")
                    : e;
        } finally {
            watch.interrupt();
        }
    }

    private static void end(HttpUriRequestBase request, AtomicBoolean late) {
        try {
            Thread.sleep(CHECK_TIME);
            late.set(true);
            boolean unused = request.cancel();
        } catch (InterruptedException e) {
            // The reply has come.
        }
    }

    private <R extends HttpMessage> R to(R request) {
        model.key().ifPresent(key -> request.setHeader("authorization", "Bearer " + key));
        return request;
    }

    @Override
    public void close() {
        http.close(CloseMode.IMMEDIATE);
    }
}
