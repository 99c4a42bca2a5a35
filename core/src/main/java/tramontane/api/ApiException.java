package tramontane.api;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * An error response: status, code, message and the field at fault. {@link #body} writes it as JSON.
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

    /** An error caused by one field of the request. */
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

    /**
     * A value that turns out wrong when it is used.
     *
     * @param loc path to the value: {@code String} keys and {@code Integer} indexes
     */
    public static ApiException wrongValue(List<Object> loc, String why) {
        return invalid(List.of(new Fault("value_error", loc, why, Optional.empty(), Map.of())));
    }

    /** The queue is full; the same request may succeed after {@code retryAfter}. */
    public static ApiException busy(String message, Duration retryAfter) {
        return new ApiException(
                ErrorCode.RATE_LIMITED,
                message,
                List.of(),
                Optional.empty(),
                Optional.of(retryAfter));
    }

    /** What the request needs is not there now; it may be after {@code retryAfter}. */
    public static ApiException unavailable(String message, Duration retryAfter) {
        return new ApiException(
                ErrorCode.UNAVAILABLE,
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
        body.put("object", "error");
        describe(body);
        return body;
    }

    /**
     * The error body for a caller with these fields. OpenAI's clients for JavaScript and Go read
     * nothing but {@code error}.
     */
    public ObjectNode body(FieldSet fields) {
        ObjectNode body = body();
        if (fields == FieldSet.WITH_OPENAI) {
            describe(body.putObject("error"));
        }
        return body;
    }

    private void describe(ObjectNode node) {
        node.put("message", getMessage()).put("type", code.type());
        node.put("param", param.orElse(null));
        node.put("code", code.code().orElse(null));
    }
}
