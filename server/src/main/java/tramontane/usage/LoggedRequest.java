package tramontane.usage;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.JsonBody;
import tramontane.api.Usage;
import tramontane.backend.Caller;
import tramontane.backend.CompletionEvent;
import tramontane.backend.Metrics;
import tramontane.usage.RequestRecord.State;

/**
 * A request in the log. The request's thread writes to it; any thread may read {@link #record}. All
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
    private final Optional<LedgerDraft> draft;

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
        this.draft = log.ledger().map(LedgerDraft::new);
    }

    Caller caller() {
        return caller;
    }

    /** Whether {@link #took} needs the whole answer. */
    public boolean keepsAnswer() {
        return log.keepsBodies() || draft.filter(LedgerDraft::keepsText).isPresent();
    }

    /** Keeps the request's body, if bodies are kept; once, however often it is read. */
    public void received(byte[] bytes) {
        draft.ifPresent(each -> each.received(bytes));
        if (!log.keepsBodies()) {
            return;
        }
        synchronized (this) {
            if (body.isPresent()) {
                return;
            }
            body = Optional.of(bytes);
            bodyBytes += bytes.length;
        }
        log.grew(this, bytes.length);
    }

    /** The body is JSON; whether it is a valid request is not known yet. */
    public void parsed(JsonNode json) {
        draft.ifPresent(each -> each.parsed(json));
    }

    /**
     * The engine has accepted the request.
     *
     * @param live supplies the engine's figures until the request ends
     */
    public void started(RequestRecord.Asked what, Supplier<Metrics> live) {
        synchronized (this) {
            asked = Optional.of(what);
            metrics = () -> Optional.of(live.get());
            status = Optional.of(200);
        }
        log.changed(this);
    }

    /**
     * An event of the answer, before the client sees it. When this returns for the last one, the
     * row of the finished answer is in the ledger.
     *
     * @param whole supplies the answer once it is complete, if {@link #keepsAnswer}
     */
    public void took(CompletionEvent event, Supplier<Optional<ObjectNode>> whole) {
        draft.ifPresent(each -> each.took(event));
        switch (event) {
            case CompletionEvent.Finished finished -> choiceFinished(finished.reason().wireName());
            case CompletionEvent.Done(Usage cost) -> done(cost, whole.get());
            case CompletionEvent.Failed(ApiException cause) -> brokeOff(cause);
            case CompletionEvent.Text _,
                    CompletionEvent.Thinking _,
                    CompletionEvent.Scored _,
                    CompletionEvent.PromptScored _,
                    CompletionEvent.Embedded _ -> {}
        }
    }

    synchronized void choiceFinished(String reason) {
        finishReasons.add(reason);
    }

    /** The answer has used this much, also if its end cannot be sent any more. */
    public synchronized void counted(Usage cost) {
        usage = Optional.of(cost);
    }

    /** The answer is complete. */
    void done(Usage cost, Optional<ObjectNode> whole) {
        Optional<byte[]> text = keepsAnswer() ? whole.map(JsonBody::write) : Optional.empty();
        draft.ifPresent(each -> each.answered(text));
        long bytes = log.keepsBodies() ? text.map(each -> each.length).orElse(0) : 0;
        synchronized (this) {
            usage = Optional.of(cost);
            if (log.keepsBodies()) {
                answer = whole;
                bodyBytes += bytes;
            }
        }
        if (bytes > 0) {
            log.grew(this, bytes);
        }
        end(State.DONE);
    }

    /** The request was refused, or its answer failed before any of it was sent. */
    public void failed(ApiException cause) {
        synchronized (this) {
            status = Optional.of(cause.code().status());
        }
        brokeOff(cause);
    }

    /** The answer failed after its status was sent. */
    private void brokeOff(ApiException cause) {
        synchronized (this) {
            error = Optional.of(cause);
        }
        end(State.DONE);
    }

    /** Ends the request if nothing else has: the client disconnected. */
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
            // Releases the engine's objects.
            Optional<Metrics> last = metrics.get();
            metrics = () -> last;
        }
        log.changed(this);
        draft.ifPresent(each -> each.write(caller, record()));
    }

    /** The request as it is now. */
    public synchronized RequestRecord record() {
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

    /** Drops the bodies, and returns their size in bytes. */
    synchronized long dropBodies() {
        long bytes = bodyBytes;
        body = Optional.empty();
        answer = Optional.empty();
        bodyBytes = 0;
        return bytes;
    }
}
