package tramontane.upstream;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.HashSet;
import java.util.Optional;
import java.util.OptionalLong;
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
import tramontane.api.Usage;
import tramontane.backend.Completion;
import tramontane.backend.CompletionEvent;
import tramontane.backend.Metrics;
import tramontane.engine.Generation;

/**
 * An answer that an upstream writes. A virtual thread reads it and fills a bounded queue: a client
 * that reads slowly makes it wait, and so the upstream. The thread that polls also watches the
 * times.
 */
final class UpstreamCompletion implements Completion {
    private static final Logger LOG = System.getLogger(UpstreamCompletion.class.getName());
    private static final int MAX_EVENTS = 64;

    /** At most this many addresses are asked for one request. */
    private static final int MAX_ATTEMPTS = 3;

    /**
     * What is sent.
     *
     * @param body in the engine's form
     * @param promptTokens an estimate, until the engine says the number
     * @param expectedTokens of the request and its answer
     */
    record Sending(CompletionRequest request, byte[] body, int promptTokens, long expectedTokens) {}

    private final UpstreamModel model;
    private final UpstreamClient client;
    private final Addresses addresses;
    private final Sending sending;
    private final LongSupplier nanos;
    private final BlockingQueue<CompletionEvent> events = new ArrayBlockingQueue<>(MAX_EVENTS);
    private final long submittedNanos;
    private final Thread thread;
    private volatile Optional<Attempt> attempt = Optional.empty();
    private volatile Optional<Usage> usage = Optional.empty();
    private volatile Generation.Progress progress = Generation.Progress.NONE;
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
        this.submittedNanos = nanos.getAsLong();
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
        Optional<Usage> told = usage;
        return new Metrics(
                told.map(Usage::promptTokens).orElse(sending.promptTokens()),
                OptionalLong.of(submittedNanos),
                new Generation.Counts(
                        told.map(Usage::cachedTokens).orElse(0),
                        told.flatMap(Usage::drafts).map(Usage.Drafts::accepted).orElse(0),
                        told.flatMap(Usage::drafts).map(Usage.Drafts::rejected).orElse(0)),
                progress);
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
        } catch (RuntimeException | StackOverflowError e) {
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
            Outcome outcome;
            try {
                outcome = ask(address);
            } finally {
                place.get().leave();
            }
            switch (outcome) {
                case Outcome.Complete _ -> {
                    addresses.succeeded();
                    return Optional.empty();
                }
                case Outcome.Failed(ApiException reason, Again again) -> {
                    error = reason;
                    boolean may = again != Again.NO && attempts < MAX_ATTEMPTS;
                    boolean repeated = !tried.add(address);
                    place = may ? next(tried) : Optional.empty();
                    if (may && place.isEmpty() && again == Again.EVEN_HERE && !repeated) {
                        place = next(Set.of());
                    }
                }
            }
        }
        return Optional.of(error);
    }

    /** A place at an address that was not tried, if the budget allows another attempt. */
    private Optional<Address.Place> next(Set<Address> tried) {
        try {
            Address.Place next = addresses.enter(sending.expectedTokens(), tried);
            if (addresses.mayRetry()) {
                return Optional.of(next);
            }
            next.leave();
        } catch (ApiException e) {
            // The error of the address that was asked says more.
            return Optional.empty();
        }
        return Optional.empty();
    }

    /** Whether a request that failed may be sent again. */
    private enum Again {
        NO,
        /** To another address: the client has got nothing. */
        ELSEWHERE,
        /** Also to the same one: it may have closed a kept connection just when it was used. */
        EVEN_HERE
    }

    /** What became of one attempt. */
    private sealed interface Outcome {
        record Complete() implements Outcome {}

        record Failed(ApiException error, Again again) implements Outcome {}
    }

    private Outcome ask(Address address) throws InterruptedException {
        try (Attempt asking =
                new Attempt(
                        client.post(address, RequestBody.path(sending.request()), sending.body()),
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
                case Attempt.Response.Streaming _ -> read(address, asking);
                case Attempt.Response.Refused(int status, var retryAfter, byte[] body) ->
                        refused(
                                address,
                                status,
                                ErrorReply.of(model.name(), status, retryAfter, body));
                case Attempt.Response.Broken(String reason, var cause) -> {
                    address.failed(reason);
                    yield new Outcome.Failed(
                            ErrorReply.failed(model.name(), reason),
                            switch (cause) {
                                case NO_CONNECTION -> Again.ELSEWHERE;
                                case CONNECTION_BROKE -> Again.EVEN_HERE;
                                // The upstream may be busy with the request for long.
                                case LATE -> Again.NO;
                            });
                }
            };
        }
    }

    private Outcome refused(Address address, int status, ApiException error) {
        boolean busy = status == 429 || status == 503;
        if (error.code() == ErrorCode.BAD_GATEWAY) {
            address.failed(String.valueOf(error.getMessage()));
        } else if (!busy) {
            address.succeeded();
        }
        boolean elsewhere = busy || error.code() == ErrorCode.BAD_GATEWAY;
        return new Outcome.Failed(error, elsewhere ? Again.ELSEWHERE : Again.NO);
    }

    private Outcome read(Address address, Attempt asking) throws InterruptedException {
        AnswerReader reader = new AnswerReader(sending.request(), model.kind());
        EventLines lines = new EventLines(asking::read);
        try {
            for (Optional<byte[]> data = lines.next(); data.isPresent(); data = lines.next()) {
                if (isDone(data.get())) {
                    CompletionEvent last = reader.end();
                    address.succeeded();
                    asking.expectEnd();
                    readToEnd(lines);
                    events.put(last);
                    return new Outcome.Complete();
                }
                var read = reader.take(JsonBody.parse(data.get()));
                usage = reader.usage();
                advance(reader);
                for (CompletionEvent event : read) {
                    events.put(event);
                }
            }
            return broken(address, asking, "the answer ended too early");
        } catch (IOException e) {
            return broken(address, asking, "the connection broke");
        } catch (ApiException e) {
            return broken(address, asking, "it sent an event that is no JSON");
        } catch (BrokenAnswerException e) {
            if (e.fault() == BrokenAnswerException.Fault.SERVER) {
                address.failed(String.valueOf(e.getMessage()));
            }
            return new Outcome.Failed(
                    ErrorReply.failed(model.name(), String.valueOf(e.getMessage())), Again.NO);
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

    private Outcome broken(Address address, Attempt asking, String what)
            throws InterruptedException {
        if (closed) {
            // This side has closed it.
            throw new InterruptedException();
        }
        String reason = asking.why(what);
        address.failed(reason);
        return new Outcome.Failed(
                ErrorReply.failed(model.name(), reason),
                asking.hasByte() || asking.isLate() ? Again.NO : Again.ELSEWHERE);
    }

    private static boolean isDone(byte[] data) {
        return new String(data, StandardCharsets.US_ASCII).strip().equals("[DONE]");
    }

    private void advance(AnswerReader reader) {
        long now = nanos.getAsLong();
        int tokens = reader.usage().map(Usage::completionTokens).orElse(reader.parts());
        Generation.Progress before = progress;
        OptionalLong since = OptionalLong.of(now - submittedNanos);
        OptionalLong queued = before.queuedNanos().isPresent() ? before.queuedNanos() : since;
        OptionalLong first =
                before.firstTokenNanos().isPresent() || tokens == 0
                        ? before.firstTokenNanos()
                        : since;
        progress =
                new Generation.Progress(
                        queued,
                        first,
                        first.isPresent() ? now - submittedNanos - first.getAsLong() : 0,
                        tokens);
    }
}
