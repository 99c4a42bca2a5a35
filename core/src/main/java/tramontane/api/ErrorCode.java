package tramontane.api;

import java.util.Locale;
import java.util.Optional;

/** Every kind of error: its HTTP status, and the {@code type} and {@code code} of its body. */
public enum ErrorCode {
    INVALID_REQUEST(422, "invalid_request_error"),
    BAD_REQUEST(400, "invalid_request_error"),
    INVALID_MODEL(400, "invalid_model", "1500"),
    MESSAGE_ORDER(400, "invalid_request_message_order", "3230"),
    CONTEXT_EXCEEDED(400, "invalid_request_prompt", "3051"),
    UNAUTHORIZED(401, "unauthorized"),
    FORBIDDEN(403, "forbidden"),
    NOT_FOUND(404, "not_found"),
    METHOD_NOT_ALLOWED(405, "method_not_allowed"),
    REQUEST_TIMEOUT(408, "request_timeout"),
    BODY_TOO_LARGE(413, "request_too_large"),
    UNSUPPORTED_ENCODING(415, "unsupported_media_type"),
    RATE_LIMITED(429, "rate_limited", "1300"),
    INTERNAL(500, "internal_server_error"),
    /** Another server, which runs the model, failed. */
    BAD_GATEWAY(502, "upstream_error"),
    UNAVAILABLE(503, "service_unavailable"),
    TIMEOUT(504, "timeout");

    private final int status;
    private final String type;
    private final Optional<String> code;

    ErrorCode(int status, String type) {
        this.status = status;
        this.type = type;
        this.code = Optional.empty();
    }

    ErrorCode(int status, String type, String code) {
        this.status = status;
        this.type = type;
        this.code = Optional.of(code);
    }

    public int status() {
        return status;
    }

    public String type() {
        return type;
    }

    /** The name in metrics, traces and logs, for example {@code context_exceeded}. */
    public String metricName() {
        return name().toLowerCase(Locale.ROOT);
    }

    /**
     * The documented number, sent as a string: official clients fail to parse a body with a number.
     */
    public Optional<String> code() {
        return code;
    }
}
