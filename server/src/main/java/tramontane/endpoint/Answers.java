package tramontane.endpoint;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.JsonBody;
import tramontane.api.Usage;
import tramontane.backend.Completion;
import tramontane.backend.CompletionEvent;
import tramontane.completion.Environment;
import tramontane.completion.OpenAnswer;
import tramontane.limit.Allowance;
import tramontane.usage.LoggedRequest;
import tramontane.usage.RequestLog;
import tramontane.usage.RequestRecord;

/**
 * What the answers of all models have in common: a request is logged from its first byte to its
 * end, its body is read in turn, and its answer is polled within the limits of time and of the key.
 */
public final class Answers {
    /** Wait for the next event; also how late it is noticed that a client has disconnected. */
    private static final Duration POLL_TIMEOUT = Duration.ofMillis(100);

    private static final int MAX_CLIENT_CHARS = 200;

    private final Environment environment;
    private final Intake intake;
    private final RequestLog log;

    public Answers(Environment environment, Intake intake, RequestLog log) {
        this.environment = environment;
        this.intake = intake;
        this.log = log;
    }

    /** Starts the answer to a body. */
    @FunctionalInterface
    interface Start<A> {
        A start(JsonNode json) throws ApiException;
    }

    /** Sends an answer that was started. */
    @FunctionalInterface
    interface Send<A> {
        void send(A answer, LoggedRequest entry)
                throws ApiException, IOException, InterruptedException;
    }

    /**
     * The steps of an answer.
     *
     * @param asked what the log says of the request
     */
    record Steps<A>(Start<A> start, Function<A, RequestRecord.Asked> asked, Send<A> send) {}

    Limits limits() {
        return intake.limits();
    }

    Environment environment() {
        return environment;
    }

    <A extends OpenAnswer> void answer(Exchange exchange, Allowance allowance, Steps<A> steps)
            throws ApiException, IOException, InterruptedException {
        if (!log.accepts()) {
            throw exchange.unavailable(
                    "the ledger cannot be written, and no request is answered without a row in it");
        }
        String client = exchange.header("user-agent").orElse("");
        LoggedRequest entry =
                log.begin(
                        allowance.caller(),
                        exchange.id(),
                        exchange.path(),
                        client.substring(0, Math.min(client.length(), MAX_CLIENT_CHARS)));
        exchange.logged(entry);
        try (Intake.Visit visit = intake.visit(exchange);
                A answer =
                        visit.read(body -> {
                            entry.received(body);
                            JsonNode json = JsonBody.parse(body);
                            entry.parsed(json);
                            return steps.start.start(json);
                        })) {
            entry.started(steps.asked.apply(answer), answer.completion()::metrics);
            steps.send.send(answer, entry);
        } catch (ApiException e) {
            entry.failed(e);
            throw e;
        } catch (RuntimeException | Error e) {
            entry.failed(new ApiException(ErrorCode.INTERNAL, "the server failed"));
            throw e;
        } finally {
            entry.left();
            allowance.ended(entry.record().metrics());
        }
    }

    /** The time limits of an answer. */
    Deadline deadline(Exchange exchange, AnswerTimes times) {
        return new Deadline(times, exchange.startNanos(), environment.nanos());
    }

    /** The events of an answer, within the limits of time and of the key. */
    record Events(
            Completion completion, Allowance allowance, LoggedRequest entry, Deadline deadline) {
        /** The next event; an answer that takes too long fails, and closing it cancels the rest. */
        Optional<CompletionEvent> next() throws InterruptedException {
            Optional<ApiException> late = deadline.passed(completion);
            if (late.isPresent()) {
                return Optional.of(new CompletionEvent.Failed(late.get()));
            }
            Optional<CompletionEvent> event = allowance.poll(completion, POLL_TIMEOUT);
            if (event.isPresent() && event.get() instanceof CompletionEvent.Done(Usage usage)) {
                // The limits have counted it, even if the client has left.
                entry.counted(usage);
            }
            return event;
        }
    }

    /** Builds an answer of its events; it is there once the last one has come. */
    @FunctionalInterface
    interface Taking {
        Optional<ObjectNode> take(CompletionEvent event) throws ApiException;
    }

    /** Waits for all events of an answer that is not streamed, and sends it. */
    static void sendWhole(Exchange exchange, Events events, Taking answer, LoggedRequest entry)
            throws ApiException, IOException, InterruptedException {
        Optional<ObjectNode> whole = Optional.empty();
        while (whole.isEmpty()) {
            Optional<CompletionEvent> event = events.next();
            exchange.checkClient();
            if (event.isPresent()) {
                Optional<ObjectNode> taken = answer.take(event.get());
                entry.took(event.get(), () -> taken);
                whole = taken;
            }
        }
        exchange.json(200, whole.get());
    }
}
