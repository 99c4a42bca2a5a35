package tramontane.telemetry;

import java.util.Map;
import java.util.Optional;
import tramontane.api.ErrorCode;
import tramontane.usage.RequestRecord;

/**
 * A request whose answer has ended.
 *
 * @param id the value of the {@code mistral-correlation-id} header
 * @param answer for requests for a completion
 * @param error why it was refused, or why its answer failed
 * @param traceHeaders the W3C trace context headers that the client sent
 */
public record ObservedRequest(
        String id,
        Http http,
        Timing timing,
        Optional<Answer> answer,
        Optional<ErrorCode> error,
        Map<String, String> traceHeaders) {
    /** Stands for the status of a response that was never sent, as in nginx. */
    public static final int NO_RESPONSE = 499;

    /** The type of error of a request whose client left before the end. */
    private static final String DISCONNECTED = "client_disconnected";

    public ObservedRequest {
        traceHeaders = Map.copyOf(traceHeaders);
    }

    /**
     * The HTTP side of a request.
     *
     * @param route the path, with a placeholder for what varies
     * @param status of the response, or {@link #NO_RESPONSE}
     */
    public record Http(String method, String route, int status) {}

    /**
     * When a request was answered.
     *
     * @param beganMillis since 1970
     * @param beganNanos by the monotonic clock
     * @param nanos from its header's arrival to the end of its answer
     */
    public record Timing(long beganMillis, long beganNanos, long nanos) {}

    /**
     * A requested completion.
     *
     * @param operation as in OpenTelemetry's {@code gen_ai.operation.name}
     * @param model the id of the served model, unless the request was refused before it was known
     * @param record what the request log holds of it, unless it was refused before it was logged
     */
    public record Answer(
            String operation, Optional<String> model, Optional<RequestRecord> record) {}

    /** The kind of error for labels and logs; empty for success. */
    public Optional<String> errorType() {
        Optional<ErrorCode> cause =
                error.or(() ->
                        answer.flatMap(Answer::record)
                                .flatMap(record -> record.outcome().error())
                                .map(each -> each.code()));
        return cause.map(ErrorCode::metricName)
                .or(() -> left() ? Optional.of(DISCONNECTED) : Optional.empty());
    }

    private boolean left() {
        return http.status == NO_RESPONSE
                || answer.flatMap(Answer::record)
                        .filter(record -> record.state() == RequestRecord.State.LEFT)
                        .isPresent();
    }
}
