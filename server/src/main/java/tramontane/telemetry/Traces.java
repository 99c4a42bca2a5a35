package tramontane.telemetry;

import io.opentelemetry.api.common.AttributeKey;
import io.opentelemetry.api.trace.Span;
import io.opentelemetry.api.trace.SpanBuilder;
import io.opentelemetry.api.trace.SpanKind;
import io.opentelemetry.api.trace.StatusCode;
import io.opentelemetry.api.trace.Tracer;
import io.opentelemetry.api.trace.propagation.W3CTraceContextPropagator;
import io.opentelemetry.context.Context;
import io.opentelemetry.context.propagation.TextMapGetter;
import io.opentelemetry.sdk.OpenTelemetrySdk;
import io.opentelemetry.sdk.autoconfigure.AutoConfiguredOpenTelemetrySdk;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.logging.Handler;
import java.util.logging.Logger;
import org.jspecify.annotations.Nullable;
import tramontane.api.Usage;
import tramontane.backend.Metrics;
import tramontane.engine.Generation;
import tramontane.usage.RequestRecord;

/**
 * Sends a trace of each completion to an OpenTelemetry collector. The spans are made when the
 * answer has ended, from times that were measured anyway, and put into the SDK's bounded queue: if
 * the collector does not keep up, spans are dropped. Safe for use by many threads.
 *
 * <pre>
 * chat tiny            server span: from the request's header to the end of its answer
 * ├─ read              receive, parse and tokenize
 * ├─ queue             until the first step
 * ├─ prompt            until the first token
 * └─ generate          until the last token
 * </pre>
 */
public final class Traces implements AutoCloseable {
    private static final long NANOS_PER_MILLI = 1_000_000;
    private static final long CLOSE_SECONDS = 3;

    private static final TextMapGetter<Map<String, String>> HEADERS =
            new TextMapGetter<>() {
                @Override
                public Iterable<String> keys(Map<String, String> headers) {
                    return headers.keySet();
                }

                @Override
                public @Nullable String get(@Nullable Map<String, String> headers, String name) {
                    return headers == null ? null : headers.get(name);
                }
            };

    private final OpenTelemetrySdk sdk;
    private final Tracer tracer;

    private Traces(OpenTelemetrySdk sdk, String version) {
        this.sdk = sdk;
        this.tracer = sdk.getTracer("tramontane", version);
    }

    /**
     * Starts the SDK, which is configured by its {@code OTEL_} environment variables.
     *
     * @param endpoint base URL of the collector; the environment's if empty
     * @throws io.opentelemetry.sdk.autoconfigure.spi.ConfigurationException if a variable has a
     *     wrong value
     */
    public static Traces start(Optional<String> endpoint, String version) {
        shortenLog();
        AutoConfiguredOpenTelemetrySdk configured =
                AutoConfiguredOpenTelemetrySdk.builder()
                        .disableShutdownHook()
                        .addPropertiesSupplier(() ->
                                Map.of(
                                        "otel.service.name",
                                        "tramontane",
                                        "otel.exporter.otlp.protocol",
                                        "http/protobuf"))
                        .addPropertiesCustomizer(_ -> settings(endpoint))
                        .build();
        return new Traces(configured.getOpenTelemetrySdk(), version);
    }

    /** The SDK logs a stack trace when a collector is away, where its message says enough. */
    private static void shortenLog() {
        for (Handler handler : Logger.getLogger("").getHandlers()) {
            handler.setFilter(record -> {
                if (String.valueOf(record.getLoggerName())
                        .startsWith("io.opentelemetry.exporter")) {
                    record.setThrown(null);
                }
                return true;
            });
        }
    }

    private static Map<String, String> settings(Optional<String> endpoint) {
        Map<String, String> settings = new HashMap<>();
        // Prometheus reads the metrics, and the log goes to the standard error stream.
        settings.put("otel.metrics.exporter", "none");
        settings.put("otel.logs.exporter", "none");
        endpoint.ifPresent(base ->
                settings.put(
                        "otel.exporter.otlp.traces.endpoint",
                        base.replaceAll("/+$", "") + "/v1/traces"));
        return settings;
    }

    /** Sends the trace of a completion; returns its id if it was sampled. */
    Optional<String> record(ObservedRequest request) {
        return request.answer()
                .map(answer -> record(request, answer))
                .filter(span -> span.getSpanContext().isSampled())
                .map(span -> span.getSpanContext().getTraceId());
    }

    private Span record(ObservedRequest request, ObservedRequest.Answer answer) {
        Context parent =
                W3CTraceContextPropagator.getInstance()
                        .extract(Context.root(), request.traceHeaders(), HEADERS);
        ObservedRequest.Timing timing = request.timing();
        long began = timing.beganMillis() * NANOS_PER_MILLI;
        SpanBuilder builder =
                tracer.spanBuilder(
                                answer.model()
                                        .map(model -> answer.operation() + " " + model)
                                        .orElse(answer.operation()))
                        .setParent(parent)
                        .setSpanKind(SpanKind.SERVER)
                        .setStartTimestamp(began, TimeUnit.NANOSECONDS);
        attributes(builder, request, answer);
        Span span = builder.startSpan();
        if (span.isRecording()) {
            answer.record()
                    .flatMap(RequestRecord::metrics)
                    .ifPresent(metrics -> children(parent.with(span), timing, metrics));
        }
        if (request.http().status() >= 500) {
            span.setStatus(StatusCode.ERROR);
        }
        span.end(began + timing.nanos(), TimeUnit.NANOSECONDS);
        return span;
    }

    private static void attributes(
            SpanBuilder span, ObservedRequest request, ObservedRequest.Answer answer) {
        span.setAttribute("gen_ai.operation.name", answer.operation())
                .setAttribute("gen_ai.provider.name", ServerMetrics.PROVIDER)
                .setAttribute("http.request.method", request.http().method())
                .setAttribute("http.route", request.http().route())
                .setAttribute("http.response.status_code", (long) request.http().status())
                .setAttribute("tramontane.request.id", request.id());
        answer.model().ifPresent(model -> span.setAttribute("gen_ai.response.model", model));
        request.errorType().ifPresent(error -> span.setAttribute("error.type", error));
        answer.record()
                .ifPresent(record -> {
                    record.asked().ifPresent(asked -> asked(span, asked));
                    record.outcome().usage().ifPresent(usage -> usage(span, usage));
                    if (!record.outcome().finishReasons().isEmpty()) {
                        span.setAttribute(
                                AttributeKey.stringArrayKey("gen_ai.response.finish_reasons"),
                                record.outcome().finishReasons());
                    }
                });
    }

    private static void asked(SpanBuilder span, RequestRecord.Asked asked) {
        span.setAttribute("gen_ai.request.model", asked.model())
                .setAttribute("gen_ai.request.choice.count", (long) asked.choices())
                .setAttribute("gen_ai.request.seed", asked.seed())
                .setAttribute("gen_ai.request.stream", asked.stream());
    }

    private static void usage(SpanBuilder span, Usage usage) {
        span.setAttribute("gen_ai.usage.input_tokens", (long) usage.promptTokens())
                .setAttribute("gen_ai.usage.output_tokens", (long) usage.completionTokens())
                .setAttribute("gen_ai.usage.cache_read.input_tokens", (long) usage.cachedTokens());
    }

    private void children(Context parent, ObservedRequest.Timing timing, Metrics metrics) {
        if (metrics.submittedNanos().isEmpty()) {
            return;
        }
        Phases phases = new Phases(parent, timing);
        long submitted = metrics.submittedNanos().getAsLong() - timing.beganNanos();
        phases.add("read", 0, submitted);
        Generation.Progress progress = metrics.progress();
        progress.queuedNanos()
                .ifPresent(queued -> phases.add("queue", submitted, submitted + queued));
        progress.firstTokenNanos()
                .ifPresent(first -> {
                    // Of an upstream, nobody knows how long a request was in its queue.
                    long queued = progress.queuedNanos().orElse(0);
                    phases.add("prompt", submitted + queued, submitted + first);
                    phases.add(
                            "generate",
                            submitted + first,
                            submitted + first + progress.answeringNanos());
                });
    }

    /** Adds child spans to the span of a request. */
    private final class Phases {
        private final Context parent;
        private final long beganNanos;

        Phases(Context parent, ObservedRequest.Timing timing) {
            this.parent = parent;
            this.beganNanos = timing.beganMillis() * NANOS_PER_MILLI;
        }

        void add(String name, long from, long to) {
            tracer.spanBuilder(name)
                    .setParent(parent)
                    .setStartTimestamp(beganNanos + from, TimeUnit.NANOSECONDS)
                    .startSpan()
                    .end(beganNanos + to, TimeUnit.NANOSECONDS);
        }
    }

    /** Sends what is in the queue, but does not wait long for a collector that does not answer. */
    @Override
    public void close() {
        sdk.shutdown().join(CLOSE_SECONDS, TimeUnit.SECONDS);
    }
}
