package tramontane.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A refusal with everything the caller needs to act on it; {@link #body} is what goes on the wire.
 */
public final class ApiException extends Exception {
    private static final long serialVersionUID = 1;

    private final ErrorCode code;
    private final transient List<Fault> faults;
    private final transient Optional<String> param;
    private final transient Optional<Duration> retryAfter;

    public ApiException(ErrorCode code, String message) {
        this(code, message, List.of(), Optional.empty(), Optional.empty());
    }

    /** A refusal because of one field of the request. */
    public ApiException(ErrorCode code, String message, String param) {
        this(code, message, List.of(), Optional.of(param), Optional.empty());
    }

    private ApiException(
            ErrorCode code,
            String message,
            List<Fault> faults,
            Optional<String> param,
            Optional<Duration> retryAfter) {
        super(message);
        this.code = code;
        this.faults = List.copyOf(faults);
        this.param = param;
        this.retryAfter = retryAfter;
    }

    /** All faults of one request body, in one 422. */
    static ApiException invalid(List<Fault> faults) {
        Fault first = faults.getFirst();
        String more =
                faults.size() == 1 ? "" : " (and " + (faults.size() - 1) + " more, see detail)";
        return new ApiException(
                ErrorCode.INVALID_REQUEST,
                first.summary() + more,
                faults,
                Optional.of(first.path()),
                Optional.empty());
    }

    /** A documented field or value that this server, or the model it serves, cannot honour. */
    public static ApiException notSupported(String field, String why) {
        return invalid(
                List.of(
                        new Fault(
                                "not_supported",
                                List.of("body", field),
                                why,
                                Optional.empty(),
                                Map.of())));
    }

    /** Too much work waits already; the same request may succeed after {@code retryAfter}. */
    public static ApiException busy(String message, Duration retryAfter) {
        return new ApiException(
                ErrorCode.RATE_LIMITED,
                message,
                List.of(),
                Optional.empty(),
                Optional.of(retryAfter));
    }

    public ErrorCode code() {
        return code;
    }

    public Optional<Duration> retryAfter() {
        return retryAfter;
    }

    /**
     * The error body. A 422 carries {@code detail} at the top, where the official clients look for
     * it, and every error carries message, type, param and code, where the other clients do.
     */
    public ObjectNode body() {
        ObjectNode body = JsonNodeFactory.instance.objectNode();
        if (!faults.isEmpty()) {
            ArrayNode detail = body.putArray("detail");
            faults.forEach(fault -> detail.add(fault.toJson()));
        } else if (code == ErrorCode.UNAUTHORIZED) {
            body.put("detail", "Unauthorized");
        }
        body.put("object", "error").put("message", getMessage()).put("type", code.type());
        body.put("param", param.orElse(null));
        body.put("code", code.code().orElse(null));
        return body;
    }
}
