package tramontane.endpoint;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.BufferUtil;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.JsonBody;

/**
 * One request and its answer, on the thread of the request. An {@code IOException} means the client
 * is gone.
 */
final class Exchange {
    private static final long WATCH_EVERY_NANOS = 100_000_000;
    private static final int BLOCK_BYTES = 1 << 16;

    private final Request request;
    private final Response response;
    private final Surroundings surroundings;
    private final EndPoint endPoint;
    private final String id;
    private final ByteBuffer oneByte = BufferUtil.allocate(1);
    private long watchedNanos;
    private boolean pipelined;

    Exchange(Request request, Response response, Surroundings surroundings) {
        this.request = request;
        this.response = response;
        this.surroundings = surroundings;
        this.endPoint = request.getConnectionMetaData().getConnection().getEndPoint();
        this.watchedNanos = surroundings.nanos().getAsLong();
        this.id = surroundings.correlationId();
        header("mistral-correlation-id", id);
        header("access-control-allow-origin", "*");
    }

    /** What the answer's {@code mistral-correlation-id} says. */
    String id() {
        return id;
    }

    String method() {
        return request.getMethod();
    }

    /** The path as it was sent: escapes and all. */
    String path() {
        return Optional.ofNullable(request.getHttpURI().getPath()).orElse("/");
    }

    String query() {
        return Optional.ofNullable(request.getHttpURI().getQuery()).orElse("");
    }

    Optional<String> header(String name) {
        return Optional.ofNullable(request.getHeaders().get(name));
    }

    void header(String name, String value) {
        response.getHeaders().put(name, value);
    }

    /**
     * Reads the whole body within the limits, and decompresses it where it is gzip. The share then
     * holds what the plain body takes.
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
            // The rest of the body may still be on its way.
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
        byte[] block = new byte[BLOCK_BYTES];
        try (InputStream in = Content.Source.asInputStream(request)) {
            long deadline = surroundings.nanos().getAsLong() + limits.bodyTime().toNanos();
            for (int read = in.read(block); read >= 0; read = in.read(block)) {
                if (body.size() + read > most) {
                    throw tooLarge(limits);
                }
                if (surroundings.nanos().getAsLong() > deadline) {
                    throw late();
                }
                long before = surroundings.nanos().getAsLong();
                body.add(block, read);
                // The client is not to blame for waiting here.
                deadline += surroundings.nanos().getAsLong() - before;
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
     * A refusal of a moment's overload; the connection closes, as the body may not have been read.
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

    /** An answer without a body, such as 304. */
    void empty(int status) throws IOException {
        response.setStatus(status);
        write(true, new byte[0]);
    }

    void send(int status, String contentType, byte[] body) throws IOException {
        response.setStatus(status);
        response.getHeaders().put(HttpHeader.CONTENT_TYPE, contentType);
        response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
        write(true, body);
    }

    void error(ApiException error) throws IOException {
        // A Retry-After of zero seconds would invite the next refusal.
        error.retryAfter()
                .ifPresent(wait ->
                        header("retry-after", Long.toString(Math.max(1, wait.toSeconds()))));
        json(error.code().status(), error.body());
    }

    /**
     * Sends the body in chunks, also on a connection that closes behind it: only so can a client
     * tell the end of a body from a connection that broke. HTTP/1.0 has no chunks.
     */
    void sendInChunks() {
        if (request.getConnectionMetaData().getHttpVersion() == HttpVersion.HTTP_1_1) {
            header(HttpHeader.TRANSFER_ENCODING.asString(), "chunked");
        }
    }

    void write(boolean last, byte[] bytes) throws IOException {
        Content.Sink.write(response, last, ByteBuffer.wrap(bytes));
    }

    boolean isCommitted() {
        return response.isCommitted();
    }

    /**
     * Notices within a tenth of a second that the client hung up, though nothing is being read or
     * written.
     */
    void checkClient() throws IOException {
        long now = surroundings.nanos().getAsLong();
        if (pipelined || now - watchedNanos < WATCH_EVERY_NANOS) {
            return;
        }
        watchedNanos = now;
        BufferUtil.clear(oneByte);
        int filled = endPoint.fill(oneByte);
        if (filled < 0) {
            throw new IOException("the client closed the connection");
        }
        if (filled > 0) {
            // The byte was the next request's first. That request is lost, so the connection must
            // close after this one.
            pipelined = true;
            if (!response.isCommitted()) {
                header(HttpHeader.CONNECTION.asString(), "close");
            }
        }
    }

    /** To be called when the answer is complete. */
    void end() {
        if (pipelined) {
            endPoint.close();
        }
    }
}
