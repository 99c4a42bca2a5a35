package tramontane.endpoint;

import static org.eclipse.jetty.util.thread.Invocable.InvocationType.NON_BLOCKING;

import java.io.IOException;
import java.io.InputStream;
import java.io.InterruptedIOException;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Callback;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.FieldSet;
import tramontane.api.JsonBody;
import tramontane.completion.Environment;
import tramontane.usage.LoggedRequest;

/**
 * One request and its response, used by the request's thread. An {@code IOException} means that the
 * client has disconnected.
 */
final class Exchange {
    private static final long WATCH_EVERY_NANOS = 100_000_000;
    private static final int BLOCK_BYTES = 1 << 16;

    /** The rest of a body up to this size is read after an error, so that the connection stays. */
    private static final int SMALL_BODY_BYTES = 1 << 16;

    /** How long the rest of a body may take to arrive after an error. */
    private static final Duration REST_TIME = Duration.ofSeconds(2);

    /** Slower readers are disconnected; a modem of 1995 was faster. */
    private static final int MIN_BYTES_PER_SECOND = 1024;

    private final Request request;
    private final Response response;
    private final Environment environment;
    private final EndPoint endPoint;
    private final String id;
    private final ByteBuffer oneByte = BufferUtil.allocate(1);
    private final long startNanos;
    private Duration writeTime = AnswerTimes.DEFAULT.write();
    private FieldSet fields = FieldSet.MISTRAL;
    private long watchedNanos;
    private boolean pipelined;

    Exchange(Request request, Response response, Environment environment) {
        this.request = request;
        this.response = response;
        this.environment = environment;
        this.endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        this.startNanos = environment.nanos().getAsLong();
        this.watchedNanos = startNanos;
        this.id = environment.correlationId();
        header(Observed.ID, id);
    }

    /** The value of the {@code mistral-correlation-id} header. */
    String id() {
        return id;
    }

    /** Adds a header that the answer depends on, for caches. */
    void varies(String name) {
        response.getHeaders().add(HttpHeader.VARY, name);
    }

    /** When the request arrived. */
    long startNanos() {
        return startNanos;
    }

    /** Sets how long a write may be delayed by a client that does not read. */
    void writeTime(Duration time) {
        writeTime = time;
    }

    /** Sets the fields that the caller's requests may have, which errors are written for. */
    void fields(FieldSet ofCaller) {
        fields = ofCaller;
    }

    String method() {
        return request.getMethod();
    }

    /** The path as sent, with escapes. */
    String path() {
        return Optional.ofNullable(request.getHttpURI().getPath()).orElse("/");
    }

    String query() {
        return Optional.ofNullable(request.getHttpURI().getQuery()).orElse("");
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(request.getHeaders().get(name));
    }

    /** The entries of a header that is a list. */
    List<String> headers(String name) {
        return request.getHeaders().getCSV(name, false);
    }

    void header(String name, String value) {
        response.getHeaders().put(name, value);
    }

    /**
     * Reads the body within the limits and decompresses gzip. Afterwards the share covers the
     * decompressed body.
     */
    byte[] body(Limits limits, BodyBudget.Share share)
            throws ApiException, IOException, InterruptedException {
        boolean packed;
        try {
            packed = GzipBody.isGzip(header(HttpHeader.CONTENT_ENCODING.asString()));
        } catch (ApiException e) {
            header(HttpHeader.ACCEPT_ENCODING.asString(), "gzip, identity");
            throw e;
        }
        try {
            byte[] body = received(limits, share);
            if (packed) {
                body = GzipBody.unpack(body, limits.bodyBytes(), share);
            }
            share.shrink(body.length);
            return body;
        } catch (ApiException e) {
            // The rest of the body may not have arrived yet.
            header(HttpHeader.CONNECTION.asString(), "close");
            throw e.code() == ErrorCode.UNAVAILABLE
                    ? unavailable(String.valueOf(e.getMessage()))
                    : e;
        }
    }

    private byte[] received(Limits limits, BodyBudget.Share share)
            throws ApiException, IOException, InterruptedException {
        long length = request.getLength();
        if (length > limits.bodyBytes()) {
            throw tooLarge(limits);
        }
        int most = length >= 0 ? (int) length : limits.bodyBytes();
        BodyBuffer body = new BodyBuffer(share, most);
        // Not of length 0, with which nothing would be read.
        byte[] block = new byte[Math.clamp(most, 1, BLOCK_BYTES)];
        try (InputStream in = Content.Source.asInputStream(request)) {
            long deadline = environment.nanos().getAsLong() + limits.bodyTime().toNanos();
            for (int read = in.read(block); read >= 0; read = in.read(block)) {
                if (body.size() + read > most) {
                    throw tooLarge(limits);
                }
                if (environment.nanos().getAsLong() > deadline) {
                    throw late();
                }
                long before = environment.nanos().getAsLong();
                body.add(block, read);
                // Time spent waiting for memory does not count against the client.
                deadline += environment.nanos().getAsLong() - before;
            }
        } catch (IOException e) {
            if (e.getCause() instanceof TimeoutException) {
                throw late();
            }
            throw e;
        }
        return body.whole();
    }

    /**
     * The error for a short overload. The connection is closed, since the body may not have been
     * read.
     */
    ApiException unavailable(String why) {
        header(HttpHeader.CONNECTION.asString(), "close");
        header(HttpHeader.RETRY_AFTER.asString(), "1");
        return new ApiException(ErrorCode.UNAVAILABLE, why);
    }

    private static ApiException tooLarge(Limits limits) {
        return new ApiException(
                ErrorCode.BODY_TOO_LARGE,
                "the request body is longer than " + limits.bodyBytes() + " bytes");
    }

    private static ApiException late() {
        return new ApiException(
                ErrorCode.REQUEST_TIMEOUT, "the request body did not arrive in time");
    }

    void json(int status, ObjectNode body) throws IOException {
        send(status, "application/json", JsonBody.write(body));
    }

    /** A response without a body, such as 304. */
    void empty(int status) throws IOException {
        settleBody();
        response.setStatus(status);
        write(true, new byte[0]);
    }

    void send(int status, String contentType, byte[] body) throws IOException {
        settleBody();
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        write(true, body);
    }

    /**
     * Reads the rest of a small request body before an answer that did not need it, such as 401;
     * with a larger one the connection ends, and the answer says so. If the server closed it
     * silently, the next request of this client would fail.
     */
    private void settleBody() {
        long length = request.getLength();
        boolean waits = request.getHeaders().contains(HttpHeader.EXPECT);
        if (length > 0 && length <= SMALL_BODY_BYTES && !waits) {
            byte[] block = new byte[SMALL_BODY_BYTES];
            long deadline = environment.nanos().getAsLong() + REST_TIME.toNanos();
            try (InputStream in = Content.Source.asInputStream(request)) {
                int read = 0;
                while (read >= 0 && environment.nanos().getAsLong() < deadline) {
                    read = in.read(block);
                }
            } catch (IOException e) {
                // The client is gone or sends nothing more; the connection cannot stay.
            }
        }
        if (!request.consumeAvailable()) {
            header(HttpHeader.CONNECTION.asString(), "close");
        }
    }

    /** Tells the telemetry which entry of the request log this is. */
    void logged(LoggedRequest entry) {
        request.setAttribute(Observed.ENTRY, entry);
    }

    void error(ApiException error) throws IOException {
        request.setAttribute(Observed.ERROR, error.code());
        error.retryAfter().ifPresent(this::retryAfter);
        json(error.code().status(), error.body(fields));
    }

    /** Rounds up, so that a client is not too early; it would retry a wait of zero at once. */
    private void retryAfter(Duration wait) {
        Duration roundUp = Duration.ofSeconds(1).minusNanos(1);
        header("retry-after", Long.toString(Math.max(1, wait.plus(roundUp).toSeconds())));
    }

    /** The client's address, or the network of its IPv6 address, which has 2^64 of them. */
    String network() {
        return endPoint.getRemoteSocketAddress() instanceof InetSocketAddress remote
                ? network(remote.getAddress())
                : "";
    }

    private static String network(InetAddress address) {
        byte[] bytes = address.getAddress();
        int length = address instanceof Inet6Address ? bytes.length / 2 : bytes.length;
        return HexFormat.of().formatHex(bytes, 0, length);
    }

    /**
     * Sends the body in chunks even if the connection is closed afterwards, so that a client can
     * distinguish a complete body from a broken connection. HTTP/1.0 has no chunks.
     */
    void sendInChunks() {
        if (request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1) {
            header(HttpHeader.TRANSFER_ENCODING.asString(), "chunked");
        }
    }

    /**
     * Writes within the time of a write, and a second more for each {@link #MIN_BYTES_PER_SECOND}.
     *
     * @throws IOException if the client has disconnected or reads too slowly
     */
    void write(boolean last, byte[] bytes) throws IOException {
        Callback.Completable written = new Callback.Completable(NON_BLOCKING);
        response.write(last, ByteBuffer.wrap(bytes), written);
        try {
            Duration time = writeTime.plusSeconds(bytes.length / MIN_BYTES_PER_SECOND);
            written.get(time.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException cause ? cause : new IOException(e.getCause());
        } catch (TimeoutException e) {
            endPoint.close();
            throw new IOException("the client reads too slowly", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException();
        }
    }

    boolean isCommitted() {
        return response.isCommitted();
    }

    /**
     * Detects within a tenth of a second that the client has disconnected, although nothing is
     * being read or written.
     */
    void checkClient() throws IOException {
        long now = environment.nanos().getAsLong();
        if (pipelined || now - watchedNanos < WATCH_EVERY_NANOS) {
            return;
        }
        watchedNanos = now;
        BufferUtil.clear(oneByte);
        int filled = endPoint.fill(oneByte);
        if (filled < 0) {
            // Jetty would write an error 500 to a client that closed only its sending half.
            endPoint.close();
            throw new IOException("the client closed the connection");
        }
        if (filled > 0) {
            // The byte belongs to the next request, which is lost, so the connection must be closed
            // after this one.
            pipelined = true;
            if (!response.isCommitted()) {
                header(HttpHeader.CONNECTION.asString(), "close");
            }
        }
    }

    /** Must be called when the response is complete. */
    void end() {
        if (pipelined) {
            endPoint.close();
        }
    }
}
