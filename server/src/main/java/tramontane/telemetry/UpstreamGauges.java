package tramontane.telemetry;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import tramontane.upstream.UpstreamCounts;
import tramontane.upstream.UpstreamStatus;

/**
 * Metrics of upstreams, read at each scrape.
 *
 * @param statuses the addresses of all upstreams
 * @param counts what became of requests, by the model's id
 */
public record UpstreamGauges(
        Supplier<List<UpstreamStatus>> statuses, Supplier<Map<String, UpstreamCounts>> counts) {
    /** A server without upstreams. */
    public static final UpstreamGauges NONE = new UpstreamGauges(List::of, Map::of);

    void register(PrometheusRegistry registry) {
        gauge(
                registry,
                "tramontane_upstream_up",
                "1 if the last check of an upstream succeeded, otherwise 0.",
                each -> each.up() ? 1 : 0);
        gauge(
                registry,
                "tramontane_upstream_breaker",
                "0 if an upstream gets requests, 1 if one request may try, 2 if it gets none.",
                each -> each.breaker());
        gauge(
                registry,
                "tramontane_upstream_open_requests",
                "Requests that an upstream is answering.",
                each -> each.requests());
        gauge(
                registry,
                "tramontane_upstream_expected_tokens",
                "Tokens of the open requests and of the longest answers expected.",
                each -> each.tokens());
        counter(
                registry,
                "tramontane_upstream_retries_total",
                "Requests that were sent to another upstream after one had failed.",
                UpstreamCounts::retried);
        counter(
                registry,
                "tramontane_upstream_continued_total",
                "Answers that another upstream went on with after one had failed.",
                UpstreamCounts::continued);
        counter(
                registry,
                "tramontane_upstream_affinity_hits_total",
                "Requests sent to an upstream that was sent the beginning of the prompt before.",
                UpstreamCounts::affinityHits);
        counter(
                registry,
                "tramontane_upstream_affinity_lost_total",
                "Requests not sent to such an upstream because it had too much to do.",
                UpstreamCounts::affinityLost);
    }

    private void counter(
            PrometheusRegistry registry,
            String name,
            String help,
            ToLongFunction<UpstreamCounts> value) {
        CounterWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames("model")
                .callback(callback ->
                        counts.get()
                                .forEach((model, each) ->
                                        callback.call(value.applyAsLong(each), model)))
                .register(registry);
    }

    private void gauge(
            PrometheusRegistry registry,
            String name,
            String help,
            Function<UpstreamStatus, Number> value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames("model", "upstream")
                .callback(callback ->
                        statuses.get()
                                .forEach(each ->
                                        callback.call(
                                                value.apply(each).doubleValue(),
                                                each.model(),
                                                each.address())))
                .register(registry);
    }
}
