package tramontane.upstream;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.JsonBody;

/** The error that a client gets for an upstream's error response. */
final class ErrorReply {
    private static final int MAX_SHOWN_CHARS = 500;
    private static final Duration RETRY_AFTER = Duration.ofSeconds(1);
    private static final Duration MAX_RETRY_AFTER = Duration.ofHours(1);

    private ErrorReply() {}

    /**
     * @param model its id here
     * @param retryAfter the header, in seconds; a date counts as absent
     */
    static ApiException of(String model, int status, Optional<String> retryAfter, byte[] body) {
        JsonNode json = parsed(body);
        String reason = reason(json);
        Duration wait = wait(retryAfter);
        return switch (status) {
            case 400 -> badRequest(json, reason);
            case 413 -> new ApiException(ErrorCode.BODY_TOO_LARGE, reason);
            case 422 -> invalid(json, reason);
            case 429 ->
                    ApiException.busy(
                            "The upstream of model " + model + " is busy: " + reason, wait);
            case 503 ->
                    ApiException.unavailable(
                            "The upstream of model " + model + " cannot answer now: " + reason,
                            wait);
            // What is wrong with the operator's key or address is none of the client's business.
            case 401, 403 -> failed(model, "it does not accept this server's key");
            case 404 -> failed(model, "it does not serve the model");
            default -> failed(model, "it answered with status " + status);
        };
    }

    /**
     * The refusal in an error event of a stream; empty if the server has failed.
     *
     * @param error with the status as its code, as vLLM, SGLang and llama-server write it, or a
     *     type
     */
    static Optional<ApiException> ofEvent(String model, JsonNode error) {
        int status = error.path("code").asInt(0);
        String type = error.path("type").asString("");
        boolean invalid = type.startsWith("invalid_request") || type.equals("BadRequestError");
        return switch (status == 0 && invalid ? 400 : status) {
            case 400, 413, 422, 429, 503 ->
                    Optional.of(
                            of(
                                    model,
                                    status == 0 ? 400 : status,
                                    Optional.empty(),
                                    error.toString().getBytes(StandardCharsets.UTF_8)));
            default -> Optional.empty();
        };
    }

    static ApiException failed(String model, String reason) {
        return new ApiException(
                ErrorCode.BAD_GATEWAY,
                "The upstream of model " + model + " did not answer as it should: " + reason + ".");
    }

    private static ApiException badRequest(JsonNode json, String reason) {
        JsonNode error = json.path("error").isObject() ? json.path("error") : json;
        String type = error.path("type").asString("");
        boolean tooLong =
                error.path("code")
                                .asString("")
                                .equals(ErrorCode.CONTEXT_EXCEEDED.code().orElseThrow())
                        || type.equals("exceed_context_size_error")
                        || reason.contains("context length");
        String param = error.path("param").asString("");
        ErrorCode code =
                tooLong
                        ? ErrorCode.CONTEXT_EXCEEDED
                        : type.equals(ErrorCode.MESSAGE_ORDER.type())
                                ? ErrorCode.MESSAGE_ORDER
                                : ErrorCode.BAD_REQUEST;
        return param.isEmpty()
                ? new ApiException(code, reason)
                : new ApiException(code, reason, shown(param));
    }

    private static ApiException invalid(JsonNode json, String reason) {
        String param = json.path("param").asString("");
        // The fields were checked here, so that this is about a value that only the engine knows.
        return new ApiException(
                ErrorCode.BAD_REQUEST, reason, param.isEmpty() ? "messages" : shown(param));
    }

    private static JsonNode parsed(byte[] body) {
        try {
            return JsonBody.parse(body);
        } catch (ApiException e) {
            return JsonNodeFactory.instance.stringNode(new String(body, StandardCharsets.UTF_8));
        }
    }

    private static String reason(JsonNode json) {
        for (JsonNode each :
                new JsonNode[] {
                    json.path("error").path("message"),
                    json.path("message"),
                    json.path("error"),
                    json.path("detail"),
                    json
                }) {
            if (each.isString() && !each.stringValue().isBlank()) {
                return shown(each.stringValue());
            }
        }
        String details =
                details(json.path("detail")) + details(json.path("message").path("detail"));
        return details.isEmpty() ? "no reason given" : shown(details);
    }

    /** The faults of a body as FastAPI lists them, and so Mistral's API. */
    private static String details(JsonNode faults) {
        StringBuilder text = new StringBuilder();
        for (JsonNode fault : faults) {
            if (text.length() > MAX_SHOWN_CHARS) {
                break;
            }
            StringBuilder place = new StringBuilder();
            for (JsonNode part : fault.path("loc")) {
                String name = part.asString("");
                if (!name.equals("body")) {
                    place.append(place.isEmpty() ? "" : ".").append(name);
                }
            }
            text.append(text.isEmpty() ? "" : "; ")
                    .append(place)
                    .append(place.isEmpty() ? "" : ": ")
                    .append(fault.path("msg").asString(""));
        }
        return text.toString();
    }

    private static Duration wait(Optional<String> seconds) {
        if (seconds.filter(text -> text.matches("[0-9]{1,9}")).isEmpty()) {
            return RETRY_AFTER;
        }
        Duration wait = Duration.ofSeconds(Long.parseLong(seconds.get()));
        return wait.compareTo(MAX_RETRY_AFTER) > 0 ? MAX_RETRY_AFTER : wait;
    }

    /** An upstream's text for an error: on one line, truncated, and valid Unicode. */
    static String shown(String text) {
        String line = text.strip().replaceAll("[\\p{Cntrl}\\p{Cs}]+", " ");
        return line.codePointCount(0, line.length()) <= MAX_SHOWN_CHARS
                ? line
                : line.substring(0, line.offsetByCodePoints(0, MAX_SHOWN_CHARS)) + "…";
    }
}
