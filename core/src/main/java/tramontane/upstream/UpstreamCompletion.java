package tramontane.upstream;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import tramontane.api.ApiException;
import tramontane.api.CompletionRequest;
import tramontane.api.ErrorCode;
import tramontane.api.JsonBody;
import tramontane.backend.Completion;
import tramontane.backend.CompletionEvent;
import tramontane.backend.Metrics;

/**
 * An answer that an upstream writes. A virtual thread reads it and fills a bounded queue: a client
 * that reads slowly makes it wait, and so the upstream. The thread that polls also watches the
 * times.
 */
final class UpstreamCompletion implements Completion {
    private static final Logger LOG = System.getLogger(UpstreamCompletion.class.getName());
    private static final int MAX_EVENTS = 64;

    /** In the message of a Tramontane that drains. */
    private static final String SHUTTING_DOWN = "shutting down";

    /** At most this many addresses are asked for one request. */
    private static final int MAX_ATTEMPTS = 3;

    /** How long another server is looked for that can go on with an answer. */
    private static final Duration MAX_SEARCH = Duration.ofSeconds(30);

    private static final Duration SEARCH_PAUSE = Duration.ofMillis(250);

    /**
     * What is sent.
     *
     * @param body in the engine's form
     * @param promptTokens an estimate, until the engine says the number
     * @param load decides to which address
     * @param limits of what may be received
     * @param hops Tramontanes that pass it on, this one included
     * @param id names the request in the log
     */
    record Sending(
            CompletionRequest request,
            byte[] body,
            int promptTokens,
            Addresses.Load load,
            AnswerLimits limits,
            int hops,
            String id) {}

    private final UpstreamModel model;
    private final UpstreamClient client;
    private final Addresses addresses;
    private final Sending sending;
    private final LongSupplier nanos;
    private final Continuation continuation;
    private final BlockingQueue<CompletionEvent> events = new ArrayBlockingQueue<>(MAX_EVENTS);
    private final Thread thread;
    private final AnswerProgress progress;
    private volatile Optional<Attempt> attempt = Optional.empty();
    private volatile Optional<ApiException> ended = Optional.empty();
    private volatile boolean closed;

    /**
     * @param first an address in which a place was taken
     * @param whenOver is called when nothing is read any more
     */
    UpstreamCompletion(
            Parts parts,
            Sending sending,
            Address.Place first,
            Consumer<UpstreamCompletion> whenOver) {
        this.model = parts.model();
        this.client = parts.client();
        this.addresses = parts.addresses();
        this.nanos = parts.nanos();
        this.sending = sending;
        this.continuation = new Continuation(model, sending.request().length().n());
        this.progress = new AnswerProgress(sending.promptTokens(), nanos);
        this.thread =
                Thread.ofVirtual()
                        .name("upstream-answer")
                        .unstarted(() -> {
                            try {
                                run(first);
                            } finally {
                                whenOver.accept(this);
                            }
                        });
    }

    /** What all answers of a model share. */
    record Parts(
            UpstreamModel model, UpstreamClient client, Addresses addresses, LongSupplier nanos) {}

    void start() {
        thread.start();
    }

    @Override
    public Optional<CompletionEvent> poll(Duration timeout) throws InterruptedException {
        if (ended.isPresent()) {
            return Optional.of(new CompletionEvent.Failed(ended.get()));
        }
        CompletionEvent event = events.poll(timeout.toNanos(), TimeUnit.NANOSECONDS);
        if (event == null) {
            attempt.ifPresent(Attempt::checkTime);
        }
        return Optional.ofNullable(event);
    }

    /** Fails the answer because the server stops. */
    void end() {
        ended =
                Optional.of(
                        new ApiException(
                                ErrorCode.UNAVAILABLE,
                                "The answer could not be finished: the server is shutting down."));
        close();
    }

    @Override
    public void close() {
        closed = true;
        attempt.ifPresent(Attempt::close);
        thread.interrupt();
    }

    @Override
    public Metrics metrics() {
        return progress.metrics();
    }

    private void run(Address.Place first) {
        try {
            Optional<ApiException> failure = safely(first);
            if (failure.isPresent()) {
                events.put(new CompletionEvent.Failed(failure.get()));
            }
        } catch (InterruptedException e) {
            // Nobody waits for this answer any more.
            Thread.currentThread().interrupt();
        }
    }

    /** What nobody foresaw ends this answer only, and not the server. */
    private Optional<ApiException> safely(Address.Place first) throws InterruptedException {
        try {
            return answer(first);
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            LOG.log(Level.ERROR, "An answer of the upstream of model " + model.name(), e);
            return Optional.of(
                    ErrorReply.failed(model.name(), "its answer could not be processed"));
        }
    }

    /** Asks one address after the other until one answers; empty when the answer is complete. */
    private Optional<ApiException> answer(Address.Place first) throws InterruptedException {
        Set<Address> tried = new HashSet<>();
        Optional<Address.Place> place = Optional.of(first);
        ApiException error = ErrorReply.failed(model.name(), "it was not asked");
        for (int attempts = 1; place.isPresent(); attempts++) {
            Address address = place.get().address();
            switch (ask(place.get())) {
                case Outcome.Complete _ -> {
                    addresses.succeeded();
                    return Optional.empty();
                }
                case Outcome.Failed(ApiException reason, Again again) -> {
                    if (again == Again.GOING_ON) {
                        return goOn(address, reason);
                    }
                    error = reason;
                    boolean may = again != Again.NO && attempts < MAX_ATTEMPTS;
                    boolean repeated = !tried.add(address);
                    place = may ? next(tried) : Optional.empty();
                    if (may && place.isEmpty() && again == Again.EVEN_HERE && !repeated) {
                        place = next(Set.of());
                    }
                    boolean failed =
                            error.code() == ErrorCode.BAD_GATEWAY
                                    && again != Again.NO
                                    && again != Again.OTHER_SETTINGS;
                    if (place.isEmpty() && failed && continuation.mayGoOn()) {
                        // The budget is for servers that a second request could harm.
                        return goOn(address, reason);
                    }
                }
            }
        }
        return Optional.of(error);
    }

    /**
     * Has other servers go on with the answer until one completes it. A server that cannot be asked
     * may come back, so this searches for a while.
     *
     * @param reason why the answer broke off
     */
    private Optional<ApiException> goOn(Address broken, ApiException reason)
            throws InterruptedException {
        Set<Address> resting = new HashSet<>(Set.of(broken));
        long since = nanos.getAsLong();
        while (continuation.mayGoOn() && nanos.getAsLong() - since < MAX_SEARCH.toNanos()) {
            Set<Address> excluded = new HashSet<>(resting);
            excluded.addAll(continuation.others());
            Optional<Address.Place> place = addresses.find(sending.load(), excluded);
            if (place.isEmpty()) {
                Thread.sleep(SEARCH_PAUSE);
                resting.clear();
                continue;
            }
            int before = continuation.servers();
            switch (ask(place.get())) {
                case Outcome.Complete _ -> {
                    addresses.succeeded();
                    return Optional.empty();
                }
                case Outcome.Failed(ApiException last, Again again) -> {
                    if (again == Again.NO) {
                        return Optional.of(last);
                    }
                    resting.add(place.get().address());
                    since = continuation.servers() > before ? nanos.getAsLong() : since;
                }
            }
        }
        return Optional.of(reason);
    }

    private Outcome ask(Address.Place place) throws InterruptedException {
        try {
            return send(place);
        } finally {
            place.leave();
        }
    }

    /** A place at an address that was not tried, if the budget allows another attempt. */
    private Optional<Address.Place> next(Set<Address> tried) {
        Optional<Address.Place> next = addresses.find(sending.load(), tried);
        if (next.isPresent() && !addresses.mayRetry()) {
            next.get().leave();
            return Optional.empty();
        }
        return next;
    }

    /** Whether a request that failed may be sent again. */
    private enum Again {
        NO,
        /** To another address: the client has got nothing. */
        ELSEWHERE,
        /** To another address. Waiting for this one would not help: its settings are wrong. */
        OTHER_SETTINGS,
        /** Also to the same one: it may have closed a kept connection just when it was used. */
        EVEN_HERE,
        /** The client may have a part of the answer, so only to a server that goes on with it. */
        GOING_ON
    }

    /** What became of one attempt. */
    private sealed interface Outcome {
        record Complete() implements Outcome {}

        record Failed(ApiException error, Again again) implements Outcome {}
    }

    private Outcome send(Address.Place place) throws InterruptedException {
        Address address = place.address();
        try (Attempt asking =
                new Attempt(
                        client.post(
                                address,
                                RequestBody.path(sending.request()),
                                continuation.body(sending.body()),
                                sending.hops()),
                        model.times(),
                        nanos)) {
            attempt = Optional.of(asking);
            if (closed) {
                throw new InterruptedException();
            }
            Attempt.Response response = asking.response();
            if (closed) {
                throw new InterruptedException();
            }
            return switch (response) {
                case Attempt.Response.Streaming(var fingerprint) ->
                        begin(place, asking, fingerprint);
                case Attempt.Response.Refused(int status, var retryAfter, byte[] body) ->
                        refused(
                                place,
                                status,
                                ErrorReply.of(model.name(), status, retryAfter, body));
                case Attempt.Response.Broken(String reason, var cause) -> {
                    place.failed(reason);
                    lost(address, reason, cause);
                    yield new Outcome.Failed(
                            ErrorReply.failed(model.name(), reason),
                            switch (cause) {
                                case NO_CONNECTION -> Again.ELSEWHERE;
                                case CONNECTION_BROKE -> Again.EVEN_HERE;
                                // The upstream may be busy with the request for long.
                                case LATE -> goingOn();
                            });
                }
            };
        }
    }

    /** A Tramontane that is late has stopped: one that is only busy sends comments. */
    private void lost(Address address, String reason, Attempt.Cause cause) {
        address.forgetPrefixes();
        if (continuation.isPossible() && cause != Attempt.Cause.CONNECTION_BROKE) {
            // Until a check succeeds.
            address.checked(Optional.of(reason));
        }
    }

    private Again goingOn() {
        return continuation.mayGoOn() ? Again.GOING_ON : Again.NO;
    }

    private Outcome begin(Address.Place place, Attempt asking, Optional<String> fingerprint)
            throws InterruptedException {
        Address address = place.address();
        Optional<Address> before = continuation.server();
        if (!continuation.begin(address, fingerprint)) {
            return new Outcome.Failed(
                    ErrorReply.failed(model.name(), "no other server can go on with the answer"),
                    Again.GOING_ON);
        }
        if (before.isPresent()) {
            LOG.log(
                    Level.INFO,
                    "Request "
                            + sending.id()
                            + ": the answer of model "
                            + model.name()
                            + " broke off at "
                            + before.get().name()
                            + " and is continued by "
                            + address.name());
            addresses.continued();
        }
        return read(place, asking);
    }

    private Outcome refused(Address.Place place, int status, ApiException error) {
        Address address = place.address();
        boolean busy = status == 429 || status == 503;
        if (error.code() == ErrorCode.BAD_GATEWAY) {
            place.failed(String.valueOf(error.getMessage()));
        } else if (!busy) {
            address.succeeded();
        }
        boolean leaving = String.valueOf(error.getMessage()).contains(SHUTTING_DOWN);
        if (status == 503 && leaving && continuation.isPossible()) {
            // Until a check succeeds it gets no more.
            address.checked(Optional.of("it is shutting down"));
        }
        if (status == 401) {
            // Until a check has seen that it accepts the key.
            address.checked(Optional.of(UpstreamCheck.KEY_REFUSED));
        }
        boolean elsewhere = busy || error.code() == ErrorCode.BAD_GATEWAY;
        if (continuation.hasBegun() && !elsewhere) {
            continuation.exclude(address);
            return new Outcome.Failed(error, Again.GOING_ON);
        }
        boolean isSettled = status == 401 || status == 403 || status == 404;
        return new Outcome.Failed(
                error, isSettled ? Again.OTHER_SETTINGS : elsewhere ? Again.ELSEWHERE : Again.NO);
    }

    private Outcome read(Address.Place place, Attempt asking) throws InterruptedException {
        AnswerReader reader = new AnswerReader(sending.request(), model.kind(), sending.limits());
        EventLines lines = new EventLines(asking::read, continuation::comment, sending.limits());
        boolean begun = false;
        try {
            for (Optional<byte[]> data = lines.next(); data.isPresent(); data = lines.next()) {
                if (EventLines.isDone(data.get())) {
                    Optional<CompletionEvent> last = continuation.take(reader.end());
                    if (last.isPresent() && last.get() instanceof CompletionEvent.Done(var whole)) {
                        progress.end(whole);
                    }
                    place.address().succeeded();
                    asking.expectEnd();
                    readToEnd(lines);
                    put(last);
                    return new Outcome.Complete();
                }
                var read = reader.take(JsonBody.parseBounded(data.get()));
                if (!begun && !read.isEmpty()) {
                    begun = true;
                    place.address().began();
                }
                progress.advance(reader, continuation.tokens());
                for (CompletionEvent event : read) {
                    put(continuation.take(event));
                }
            }
            return broken(place, asking, lines.otherForm().orElse("the answer ended too early"));
        } catch (EventLines.TooLongException e) {
            return tooLong(place, e);
        } catch (IOException e) {
            return broken(place, asking, lines.otherForm().orElse("the connection broke"));
        } catch (ApiException e) {
            return broken(place, asking, "it sent an event that is no JSON");
        } catch (BrokenAnswerException e) {
            if (e.fault() == BrokenAnswerException.Fault.SERVER) {
                place.failed(String.valueOf(e.getMessage()));
            }
            return new Outcome.Failed(
                    e.error(model.name()),
                    e.fault() == BrokenAnswerException.Fault.SERVER ? goingOn() : Again.NO);
        }
    }

    /** No server could go on with it. The logprobs of a long prompt are no fault of the server. */
    private Outcome tooLong(Address.Place place, EventLines.TooLongException e) {
        String reason = String.valueOf(e.getMessage());
        if (sending.request().output().logprobs().prompt().isEmpty()) {
            place.failed(reason);
        }
        return new Outcome.Failed(ErrorReply.failed(model.name(), reason), Again.NO);
    }

    private void put(Optional<CompletionEvent> event) throws InterruptedException {
        if (event.isPresent()) {
            events.put(event.get());
        }
    }

    /** The connection stays open for the next request if the end of the response was read. */
    private static void readToEnd(EventLines lines) {
        try {
            boolean unused = lines.next().isPresent();
        } catch (IOException e) {
            // The answer is complete, and the next request opens a connection.
        }
    }

    private Outcome broken(Address.Place place, Attempt asking, String what)
            throws InterruptedException {
        if (closed) {
            // This side has closed it.
            throw new InterruptedException();
        }
        String reason = asking.why(what);
        place.failed(reason);
        lost(
                place.address(),
                reason,
                asking.isLate() ? Attempt.Cause.LATE : Attempt.Cause.CONNECTION_BROKE);
        return new Outcome.Failed(
                ErrorReply.failed(model.name(), reason),
                asking.hasByte() || asking.isLate() ? goingOn() : Again.ELSEWHERE);
    }
}
