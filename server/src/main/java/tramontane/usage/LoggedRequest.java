package tramontane.usage;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;
import tramontane.access.Caller;
import tramontane.api.ApiException;
import tramontane.api.JsonBody;
import tramontane.api.Usage;
import tramontane.usage.RequestRecord.State;

/**
 * A request in the log. The thread that answers it writes; any thread may read {@link #record}. All
 * fields are guarded by this object's monitor.
 */
public final class LoggedRequest {
    private static final double NANOS_PER_MILLI = 1e6;

    private final RequestLog log;
    private final Caller caller;
    private final String id;
    private final RequestRecord.Origin origin;
    private final LongSupplier nanos;
    private final long beganNanos;

    private State state = State.RUNNING;
    private Optional<Integer> status = Optional.empty();
    private Optional<RequestRecord.Asked> asked = Optional.empty();
    private Supplier<Optional<Metrics>> metrics = Optional::empty;
    private final List<String> finishReasons = new ArrayList<>();
    private Optional<Usage> usage = Optional.empty();
    private Optional<ApiException> error = Optional.empty();
    private Optional<byte[]> body = Optional.empty();
    private Optional<ObjectNode> answer = Optional.empty();
    private long bodyBytes;
    private long endedNanos;

    LoggedRequest(
            RequestLog log,
            Caller caller,
            String id,
            RequestRecord.Origin origin,
            LongSupplier nanos) {
        this.log = log;
        this.caller = caller;
        this.id = id;
        this.origin = origin;
        this.nanos = nanos;
        this.beganNanos = nanos.getAsLong();
    }

    Caller caller() {
        return caller;
    }

    public boolean keepsBodies() {
        return log.keepsBodies();
    }

    /** Keeps the request's body, where bodies are kept. */
    public void received(byte[] bytes) {
        if (!log.keepsBodies()) {
            return;
        }
        synchronized (this) {
            body = Optional.of(bytes);
            bodyBytes += bytes.length;
        }
        log.grew(this, bytes.length);
    }

    /**
     * The engine has the request.
     *
     * @param live reads the engine's figures; asked again for every record until the end
     */
    public void started(RequestRecord.Asked what, Supplier<Metrics> live) {
        synchronized (this) {
            asked = Optional.of(what);
            metrics = () -> Optional.of(live.get());
            status = Optional.of(200);
        }
        log.changed(this);
    }

    public synchronized void choiceFinished(String reason) {
        finishReasons.add(reason);
    }

    /** The answer is complete. */
    public void done(Usage cost, Optional<ObjectNode> whole) {
        long bytes = whole.map(each -> JsonBody.write(each).length).orElse(0);
        synchronized (this) {
            usage = Optional.of(cost);
            if (log.keepsBodies()) {
                answer = whole;
                bodyBytes += bytes;
            }
        }
        if (bytes > 0 && log.keepsBodies()) {
            log.grew(this, bytes);
        }
        end(State.DONE);
    }

    /** The request was refused, or its answer failed. */
    public void failed(ApiException cause) {
        synchronized (this) {
            error = Optional.of(cause);
            if (status.isEmpty()) {
                status = Optional.of(cause.code().status());
            }
        }
        end(State.DONE);
    }

    /** Ends it where nothing else has: the client left. */
    public void left() {
        end(State.LEFT);
    }

    private void end(State how) {
        synchronized (this) {
            if (state != State.RUNNING) {
                return;
            }
            state = how;
            endedNanos = nanos.getAsLong();
            // The engine's own objects are free to go.
            Optional<Metrics> last = metrics.get();
            metrics = () -> last;
        }
        log.changed(this);
    }

    synchronized RequestRecord record() {
        long until = state == State.RUNNING ? nanos.getAsLong() : endedNanos;
        return new RequestRecord(
                id,
                origin,
                state,
                asked,
                new RequestRecord.Outcome(
                        status,
                        (until - beganNanos) / NANOS_PER_MILLI,
                        finishReasons,
                        usage,
                        error),
                metrics.get(),
                body.map(bytes ->
                        new RequestRecord.Bodies(
                                bytes,
                                answer.orElseGet(
                                        tools.jackson.databind.node.JsonNodeFactory.instance
                                                ::objectNode))));
    }

    /** Forgets what was sent, and returns how many bytes that was. */
    synchronized long dropBodies() {
        long bytes = bodyBytes;
        body = Optional.empty();
        answer = Optional.empty();
        bodyBytes = 0;
        return bytes;
    }
}
