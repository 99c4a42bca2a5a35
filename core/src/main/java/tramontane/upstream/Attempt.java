package tramontane.upstream;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
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
    private final UpstreamClient.Call call;
    private volatile Optional<InputStream> body = Optional.empty();
    private volatile OptionalLong waitingSince;
    private volatile boolean hasByte;
    private volatile boolean complete;
    private volatile Optional<String> late = Optional.empty();

    Attempt(UpstreamClient.Call call, UpstreamTimes times, LongSupplier nanos) {
        this.call = call;
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

    /** Sends the request and waits for the header of the response. */
    Response response() throws InterruptedException {
        try {
            UpstreamClient.Head head = call.send();
            if (head.status() == 200) {
                body = Optional.of(head.body());
                return new Response.Streaming(head.fingerprint());
            }
            byte[] error = head.body().readNBytes(MAX_ERROR_BYTES);
            return new Response.Refused(head.status(), head.retryAfter(), error);
        } catch (IOException e) {
            if (Thread.interrupted()) {
                throw new InterruptedException();
            }
            return broken(e);
        }
    }

    private Response.Broken broken(IOException cause) {
        return switch (cause) {
            // Reading has no timeout, so it came while connecting.
            case SocketTimeoutException _ ->
                    new Response.Broken(
                            "no connection within " + times.connect().toSeconds() + " s",
                            Cause.NO_CONNECTION);
            case ConnectException _, UnknownHostException _, NoRouteToHostException _ ->
                    new Response.Broken("no connection", Cause.NO_CONNECTION);
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
        call.end();
    }
}
