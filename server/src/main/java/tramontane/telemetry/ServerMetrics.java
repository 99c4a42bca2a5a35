package tramontane.telemetry;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.expositionformats.PrometheusTextFormatWriter;
import io.prometheus.metrics.instrumentation.jvm.JvmMetrics;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicBoolean;
import tramontane.api.Usage;
import tramontane.backend.Metrics;
import tramontane.usage.RequestRecord;

/**
 * The metrics that Prometheus reads, described in docs/OBSERVABILITY.md. Those with {@code gen_ai_}
 * follow OpenTelemetry's conventions for generative AI, including their buckets. Safe for use by
 * many threads.
 */
public final class ServerMetrics {
    static final String PROVIDER = "tramontane";

    private static final double NANOS_PER_SECOND = 1e9;

    private static final double[] DURATION_BOUNDS = {
        0.01, 0.02, 0.04, 0.08, 0.16, 0.32, 0.64, 1.28, 2.56, 5.12, 10.24, 20.48, 40.96, 81.92
    };
    private static final double[] FIRST_TOKEN_BOUNDS = {
        0.001, 0.005, 0.01, 0.02, 0.04, 0.06, 0.08, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10
    };
    private static final double[] OUTPUT_TOKEN_BOUNDS = {
        0.01, 0.025, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.75, 1, 2.5
    };
    private static final double[] TOKEN_BOUNDS = {
        1, 4, 16, 64, 256, 1024, 4096, 16384, 65536, 262144, 1048576, 4194304, 16777216, 67108864
    };

    private static final List<String> OPERATION =
            List.of("gen_ai_operation_name", "gen_ai_provider_name", "gen_ai_request_model");

    private final PrometheusRegistry registry = new PrometheusRegistry();
    private final AtomicBoolean machineAdded = new AtomicBoolean();
    private final Histogram duration;
    private final Histogram firstToken;
    private final Histogram outputToken;
    private final Histogram tokens;
    private final Histogram queue;
    private final Counter responses;
    private final Counter rejected;
    private final Counter prompt;
    private final Counter cached;
    private final Counter completion;
    private final Counter drafts;

    /**
     * @param gauges reads the state of the server at each scrape
     */
    public ServerMetrics(ServerGauges gauges) {
        duration =
                histogram(
                        "gen_ai_server_request_duration_seconds",
                        "Time from a request's header to the end of its answer.",
                        DURATION_BOUNDS,
                        "error_type");
        firstToken =
                histogram(
                        "gen_ai_server_time_to_first_token_seconds",
                        "Time from the queue to the first token.",
                        FIRST_TOKEN_BOUNDS);
        outputToken =
                histogram(
                        "gen_ai_server_time_per_output_token_seconds",
                        "Time per token of a choice after its first.",
                        OUTPUT_TOKEN_BOUNDS);
        tokens =
                histogram(
                        "gen_ai_client_token_usage",
                        "Tokens of a request (input) and of its answer (output).",
                        TOKEN_BOUNDS,
                        "gen_ai_token_type");
        queue =
                Histogram.builder()
                        .name("tramontane_request_queue_seconds")
                        .help("Time that a request waited for its first step.")
                        .labelNames("model")
                        .classicUpperBounds(FIRST_TOKEN_BOUNDS)
                        .classicOnly()
                        .withoutExemplars()
                        .register(registry);
        responses =
                counter(
                        "tramontane_http_responses_total",
                        "HTTP responses; status 499 stands for a client that left before one.",
                        "route",
                        "status");
        rejected =
                counter(
                        "tramontane_rejected_requests_total",
                        "Requests that were answered with an error, by its cause.",
                        "cause");
        prompt = counter("tramontane_prompt_tokens_total", "Tokens of prompts.", "model");
        cached =
                counter(
                        "tramontane_cached_prompt_tokens_total",
                        "Tokens of prompts that were found in the prefix cache.",
                        "model");
        completion = counter("tramontane_completion_tokens_total", "Tokens of answers.", "model");
        drafts =
                counter(
                        "tramontane_draft_tokens_total",
                        "Drafted tokens, accepted or rejected by the model.",
                        "model",
                        "result");
        gauges.register(registry);
    }

    private Histogram histogram(String name, String help, double[] bounds, String... labels) {
        String[] all =
                java.util.stream.Stream.concat(OPERATION.stream(), List.of(labels).stream())
                        .toArray(String[]::new);
        return Histogram.builder()
                .name(name)
                .help(help)
                .labelNames(all)
                .classicUpperBounds(bounds)
                .classicOnly()
                .withoutExemplars()
                .register(registry);
    }

    private Counter counter(String name, String help, String... labels) {
        return Counter.builder()
                .name(name)
                .help(help)
                .labelNames(labels)
                .withoutExemplars()
                .register(registry);
    }

    /** Counts a request whose answer has ended. */
    void count(ObservedRequest request) {
        int status = request.http().status();
        responses.labelValues(request.http().route(), Integer.toString(status)).inc();
        Optional<String> error = request.errorType();
        if (status >= 400 && status != ObservedRequest.NO_RESPONSE) {
            // A probe whose answer is 503 was answered: it has no error.
            error.ifPresent(cause -> rejected.labelValues(cause).inc());
        }
        request.answer()
                .ifPresent(answer -> {
                    String model = answer.model().orElse("");
                    duration.labelValues(answer.operation(), PROVIDER, model, error.orElse(""))
                            .observe(request.timing().nanos() / NANOS_PER_SECOND);
                    answer.record().ifPresent(record -> count(answer.operation(), model, record));
                });
    }

    private void count(String operation, String model, RequestRecord record) {
        record.metrics()
                .ifPresent(metrics -> {
                    times(
                            operation,
                            model,
                            metrics,
                            record.asked().map(RequestRecord.Asked::choices));
                    int written =
                            record.outcome()
                                    .usage()
                                    .map(Usage::completionTokens)
                                    .orElse(metrics.progress().tokens());
                    prompt.labelValues(model).inc(metrics.promptTokens());
                    cached.labelValues(model).inc(metrics.counts().cachedTokens());
                    completion.labelValues(model).inc(written);
                    drafts.labelValues(model, "accepted").inc(metrics.counts().acceptedDrafts());
                    drafts.labelValues(model, "rejected").inc(metrics.counts().rejectedDrafts());
                    tokens.labelValues(operation, PROVIDER, model, "input")
                            .observe(metrics.promptTokens());
                    tokens.labelValues(operation, PROVIDER, model, "output").observe(written);
                });
    }

    private void times(String operation, String model, Metrics metrics, Optional<Integer> choices) {
        observe(
                metrics.progress().queuedNanos(),
                seconds -> queue.labelValues(model).observe(seconds));
        observe(
                metrics.progress().firstTokenNanos(),
                seconds -> firstToken.labelValues(operation, PROVIDER, model).observe(seconds));
        // The first token of each choice comes with the prompt; the choices are written side by
        // side.
        int parallel = choices.orElse(1);
        int later = metrics.progress().tokens() - parallel;
        if (later > 0) {
            double seconds = metrics.progress().answeringNanos() / NANOS_PER_SECOND;
            outputToken.labelValues(operation, PROVIDER, model).observe(seconds * parallel / later);
        }
    }

    private static void observe(OptionalLong nanos, java.util.function.DoubleConsumer seconds) {
        nanos.ifPresent(each -> seconds.accept(each / NANOS_PER_SECOND));
    }

    /** The type of {@link #text}. */
    public String contentType() {
        return PrometheusTextFormatWriter.CONTENT_TYPE;
    }

    /** Every metric in Prometheus' text format. */
    public byte[] text() {
        // The JDK's management classes take a tenth of a second to load, so they wait for a scrape.
        if (machineAdded.compareAndSet(false, true)) {
            JvmMetrics.builder().register(registry);
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream(32 << 10);
        try {
            PrometheusTextFormatWriter.create().write(out, registry.scrape());
        } catch (IOException e) {
            throw new UncheckedIOException("writing to memory failed", e);
        }
        return out.toByteArray();
    }
}
