package tramontane.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.LongSupplier;

/**
 * A request on its way to one address. One thread reads the answer; another one may ask whether it
 * is late, and cancel it.
 */
final class Attempt implements AutoCloseable {
    private static final int MAX_ERROR_BYTES = 1 << 16;

    /** How long the response of a complete answer may take to end. */
    private static final Duration END_TIME = Duration.ofSeconds(1);

    private final UpstreamTimes times;
    private final LongSupplier nanos;
    private final CompletableFuture<HttpResponse<InputStream>> sent;
    private volatile Optional<InputStream> body = Optional.empty();
    private volatile OptionalLong waitingSince;
    private volatile boolean hasByte;
    private volatile boolean complete;
    private volatile Optional<String> late = Optional.empty();
    private volatile boolean closed;

    Attempt(
            CompletableFuture<HttpResponse<InputStream>> sent,
            UpstreamTimes times,
            LongSupplier nanos) {
        this.sent = sent;
        this.times = times;
        this.nanos = nanos;
        this.waitingSince = OptionalLong.of(nanos.getAsLong());
    }

    /** A response whose body was not read yet, or the reason why there is none. */
    sealed interface Response {
        /**
         * @param fingerprint what the answer depends on, if a Tramontane says it
         */
        record Streaming(Optional<String> fingerprint) implements Response {}

        record Refused(int status, Optional<String> retryAfter, byte[] body) implements Response {}

        record Broken(String reason, Cause cause) implements Response {}
    }

    /** Why there is no response. */
    enum Cause {
        NO_CONNECTION,
        CONNECTION_BROKE,
        LATE
    }

    /** Waits for the header of the response. */
    Response response() throws InterruptedException {
        try {
            HttpResponse<InputStream> response = sent.get();
            InputStream in = response.body();
            body = Optional.of(in);
            if (closed) {
                in.close();
            }
            if (response.statusCode() == 200) {
                return new Response.Streaming(
                        response.headers().firstValue("tramontane-fingerprint"));
            }
            byte[] error = in.readNBytes(MAX_ERROR_BYTES);
            return new Response.Refused(
                    response.statusCode(), response.headers().firstValue("retry-after"), error);
        } catch (ExecutionException e) {
            return broken(e.getCause() == null ? e : e.getCause());
        } catch (CancellationException e) {
            return broken(e);
        } catch (IOException e) {
            return broken(e);
        }
    }

    private Response.Broken broken(Throwable cause) {
        return switch (cause) {
            case HttpConnectTimeoutException _ ->
                    new Response.Broken(
                            "no connection within " + times.connect().toSeconds() + " s",
                            Cause.NO_CONNECTION);
            case ConnectException _ -> new Response.Broken("no connection", Cause.NO_CONNECTION);
            default ->
                    new Response.Broken(
                            why("the connection broke"),
                            isLate() ? Cause.LATE : Cause.CONNECTION_BROKE);
        };
    }

    /** True if it was cancelled because it was late. */
    boolean isLate() {
        return late.isPresent();
    }

    /** What ended the answer: that it was late, or something else. */
    String why(String otherwise) {
        return late.orElse(otherwise);
    }

    /** Reads some of the body. */
    int read(byte[] block) throws IOException {
        if (hasByte) {
            waitingSince = OptionalLong.of(nanos.getAsLong());
        }
        int read = body.orElseThrow().read(block);
        waitingSince = OptionalLong.empty();
        hasByte |= read > 0;
        return read;
    }

    /** True once a byte of a streamed answer has arrived. */
    boolean hasByte() {
        return hasByte;
    }

    /** The answer is complete: nothing but the end of the response is read from now on. */
    void expectEnd() {
        complete = true;
    }

    /** Cancels the request if it is late. The time in which nobody reads does not count. */
    void checkTime() {
        OptionalLong since = waitingSince;
        if (since.isEmpty()) {
            return;
        }
        long waited = nanos.getAsLong() - since.getAsLong();
        if (!hasByte && waited > times.firstByte().toNanos()) {
            cancel("nothing came within " + times.firstByte().toSeconds() + " s");
        } else if (complete && waited > END_TIME.toNanos()) {
            cancel("it did not end its response");
        } else if (hasByte && waited > times.idle().toNanos()) {
            cancel("nothing more came within " + times.idle().toSeconds() + " s");
        }
    }

    private void cancel(String reason) {
        late = Optional.of(reason);
        close();
    }

    /** Ends the request, and with it the work of the upstream. May be called repeatedly. */
    @Override
    public void close() {
        closed = true;
        sent.cancel(true);
        body.ifPresent(Attempt::closeQuietly);
    }

    private static void closeQuietly(InputStream in) {
        try {
            in.close();
        } catch (IOException e) {
            // The connection ends either way.
        }
    }
}
