package tramontane.endpoint;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tramontane.api.ErrorCode;
import tramontane.completion.Environment;
import tramontane.telemetry.ObservedRequest;
import tramontane.telemetry.Telemetry;
import tramontane.usage.LoggedRequest;
import tramontane.usage.RequestRecord;

/**
 * Admits every request unless the server is shutting down, and reports it to the telemetry after
 * its answer has been sent. A shutdown waits for the report too.
 */
public final class Observed extends Handler.Wrapper {
    private static final Logger LOG = LoggerFactory.getLogger(Observed.class);

    /** Attributes of a Jetty request by which {@link Exchange} says what became of it. */
    static final String ENTRY = LoggedRequest.class.getName();

    static final String ERROR = ErrorCode.class.getName();

    /** An attribute: whether the request was admitted. */
    private static final String ADMITTED = InFlight.class.getName();

    static final String ID = "mistral-correlation-id";

    private static final String[] TRACE_HEADERS = {"traceparent", "tracestate"};

    private final InFlight inFlight;
    private final Telemetry telemetry;
    private final Function<String, Optional<String>> servedModel;
    private final Environment environment;

    /**
     * @param servedModel the id of the model that answers to a name: clients may use many names,
     *     but metrics must not have as many series
     */
    public Observed(
            Handler routes,
            InFlight inFlight,
            Telemetry telemetry,
            Function<String, Optional<String>> servedModel,
            Environment environment) {
        super(routes);
        this.inFlight = inFlight;
        this.telemetry = telemetry;
        this.servedModel = servedModel;
        this.environment = environment;
    }

    /** False if the server is shutting down. */
    static boolean isAdmitted(Request request) {
        return Boolean.TRUE.equals(request.getAttribute(ADMITTED));
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        boolean admitted = inFlight.enter();
        try {
            request.setAttribute(ADMITTED, admitted);
            return answer(request, response, callback);
        } finally {
            if (admitted) {
                inFlight.leave();
            }
        }
    }

    private boolean answer(Request request, Response response, Callback callback) throws Exception {
        long beganMillis = environment.clock().millis();
        long beganNanos = environment.nanos().getAsLong();
        Ending ending = new Ending(response, callback);
        boolean handled = super.handle(request, response, ending);
        long nanos = environment.nanos().getAsLong() - beganNanos;
        try {
            telemetry.ended(
                    observed(
                            request,
                            ending,
                            new ObservedRequest.Timing(beganMillis, beganNanos, nanos)));
        } catch (RuntimeException e) {
            LOG.error("A request was answered and could not be reported", e);
        }
        return handled;
    }

    /** Notes what was sent, before Jetty may use the response for the next request. */
    private static final class Ending extends Callback.Nested {
        private final Response response;
        private int status = ObservedRequest.NO_RESPONSE;
        private String id = "";

        Ending(Response response, Callback callback) {
            super(callback);
            this.response = response;
        }

        @Override
        public void succeeded() {
            note();
            super.succeeded();
        }

        @Override
        public void failed(Throwable cause) {
            note();
            super.failed(cause);
        }

        private void note() {
            id = Optional.ofNullable(response.getHeaders().get(ID)).orElse("");
            if (response.isCommitted()) {
                status = response.getStatus();
            }
        }
    }

    private ObservedRequest observed(
            Request request, Ending ending, ObservedRequest.Timing timing) {
        Route route =
                Route.of(
                        ApiPath.meant(
                                Optional.ofNullable(request.getHttpURI().getPath()).orElse("/")));
        return new ObservedRequest(
                ending.id,
                new ObservedRequest.Http(method(request), route.pattern(), ending.status),
                timing,
                answer(route, request),
                Optional.ofNullable((ErrorCode) request.getAttribute(ERROR)),
                traceHeaders(request));
    }

    /** A method is a word of the client's own choice, so only the usual ones are reported. */
    private static String method(Request request) {
        return switch (request.getMethod()) {
            case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" -> request.getMethod();
            case String _ -> "_OTHER";
        };
    }

    private Optional<ObservedRequest.Answer> answer(Route route, Request request) {
        Optional<String> operation = operation(route);
        if (operation.isEmpty() || !request.getMethod().equals("POST")) {
            return Optional.empty();
        }
        Optional<RequestRecord> record =
                Optional.ofNullable((LoggedRequest) request.getAttribute(ENTRY))
                        .map(LoggedRequest::record);
        Optional<String> model =
                record.flatMap(RequestRecord::asked)
                        .flatMap(asked -> servedModel.apply(asked.model()));
        return Optional.of(new ObservedRequest.Answer(operation.get(), model, record));
    }

    /** The names of OpenTelemetry for what models are asked for. */
    private static Optional<String> operation(Route route) {
        return switch (route) {
            case CHAT -> Optional.of("chat");
            case FIM -> Optional.of("text_completion");
            case EMBEDDINGS -> Optional.of("embeddings");
            case MODELS,
                    MODEL,
                    HEALTH,
                    LIVE,
                    READY,
                    METRICS,
                    DESCRIPTION,
                    LOAD,
                    KEYS,
                    IMAGES,
                    INSPECT,
                    REQUEST_EVENTS,
                    REQUESTS,
                    REQUEST,
                    PAGE,
                    PAGE_FILE,
                    NONE ->
                    Optional.empty();
        };
    }

    private static Map<String, String> traceHeaders(Request request) {
        Map<String, String> found = new HashMap<>();
        for (String name : TRACE_HEADERS) {
            Optional.ofNullable(request.getHeaders().get(name))
                    .ifPresent(value -> found.put(name, value));
        }
        return found;
    }
}
