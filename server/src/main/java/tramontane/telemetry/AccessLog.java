package tramontane.telemetry;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.Usage;
import tramontane.backend.Metrics;
import tramontane.usage.RequestRecord;

/**
 * Writes one log line for each request. It has numbers, and names that the server itself chose:
 * nothing that a client wrote. So the route is logged instead of the path, and an error's kind
 * instead of its message.
 */
public final class AccessLog {
    /** By this name the lines can be selected. */
    private static final String LOGGER = "tramontane.access";

    private static final double NANOS_PER_MILLI = 1e6;

    private final Handler log;

    /**
     * @param log gets the lines directly, whatever levels the log is configured with
     */
    public AccessLog(Handler log) {
        this.log = log;
    }

    /** Writes the line of a request. */
    void write(ObservedRequest request, Optional<String> traceId) {
        LogRecord line = new LogRecord(Level.INFO, text(request));
        line.setLoggerName(LOGGER);
        line.setParameters(new Object[] {fields(request, traceId)});
        log.publish(line);
    }

    /** For people, where the log is not JSON. */
    private static String text(ObservedRequest request) {
        StringBuilder text = new StringBuilder();
        text.append(
                String.format(
                        Locale.ROOT,
                        "%s %s %d %.1f ms",
                        request.http().method(),
                        request.http().route(),
                        request.http().status(),
                        request.timing().nanos() / NANOS_PER_MILLI));
        request.answer()
                .flatMap(ObservedRequest.Answer::model)
                .ifPresent(model -> text.append(' ').append(model));
        request.answer()
                .flatMap(ObservedRequest.Answer::record)
                .flatMap(record -> record.outcome().usage())
                .ifPresent(usage ->
                        text.append(", ")
                                .append(usage.promptTokens())
                                .append(" + ")
                                .append(usage.completionTokens())
                                .append(" tokens"));
        request.errorType().ifPresent(error -> text.append(", ").append(error));
        return text.append(" [").append(request.id()).append(']').toString();
    }

    private static ObjectNode fields(ObservedRequest request, Optional<String> traceId) {
        ObjectNode fields = JsonNodeFactory.instance.objectNode();
        fields.put("request_id", request.id());
        traceId.ifPresent(id -> fields.put("trace_id", id));
        fields.put("method", request.http().method())
                .put("route", request.http().route())
                .put("status", request.http().status())
                .put("duration_ms", millis(request.timing().nanos()));
        request.answer()
                .ifPresent(answer -> {
                    fields.put("operation", answer.operation());
                    answer.model().ifPresent(model -> fields.put("model", model));
                    answer.record().ifPresent(record -> completion(fields, record));
                });
        request.errorType().ifPresent(error -> fields.put("error_type", error));
        return fields;
    }

    private static void completion(ObjectNode fields, RequestRecord record) {
        record.asked()
                .ifPresent(asked ->
                        fields.put("stream", asked.stream()).put("choices", asked.choices()));
        record.metrics().ifPresent(metrics -> engine(fields, metrics));
        record.outcome().usage().ifPresent(usage -> tokens(fields, usage));
        if (!record.outcome().finishReasons().isEmpty()) {
            var reasons = fields.putArray("finish_reasons");
            record.outcome().finishReasons().forEach(reasons::add);
        }
    }

    private static void engine(ObjectNode fields, Metrics metrics) {
        put(fields, "queue_ms", metrics.progress().queuedNanos());
        put(fields, "first_token_ms", metrics.progress().firstTokenNanos());
        fields.put("prompt_tokens", metrics.promptTokens())
                .put("cached_tokens", metrics.counts().cachedTokens())
                .put("completion_tokens", metrics.progress().tokens())
                .put("rejected_drafts", metrics.counts().rejectedDrafts());
    }

    /** The engine may have computed a few tokens after a stop string; usage does not count them. */
    private static void tokens(ObjectNode fields, Usage usage) {
        fields.put("prompt_tokens", usage.promptTokens())
                .put("completion_tokens", usage.completionTokens());
    }

    private static void put(ObjectNode fields, String name, OptionalLong nanos) {
        nanos.ifPresent(each -> fields.put(name, millis(each)));
    }

    private static double millis(long nanos) {
        return Math.round(nanos / NANOS_PER_MILLI * 1000) / 1000.0;
    }
}
