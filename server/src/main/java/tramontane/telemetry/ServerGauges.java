package tramontane.telemetry;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.function.Function;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import tramontane.backend.Occupancy;

/**
 * Metrics whose values are read at each scrape. Those named {@code vllm:} are the ones that the
 * endpoint picker of the Gateway API inference extension reads by default; they have the same
 * meaning as vLLM's.
 *
 * @param loads how busy each loaded model is
 * @param openRequests requests that have arrived and have not been answered completely
 */
public record ServerGauges(
        String version,
        Supplier<List<ModelLoad>> loads,
        IntSupplier openRequests,
        UpstreamGauges upstreams,
        GatewayGauges gateways) {
    private static final String VLLM_MODEL = "model_name";
    private static final double NANOS_PER_SECOND = 1e9;

    void register(PrometheusRegistry registry) {
        gauge(
                registry,
                "vllm:num_requests_waiting",
                "Requests in the queue.",
                each -> each.waiting());
        gauge(
                registry,
                "vllm:num_requests_running",
                "Sequences being computed; a request with several choices has several.",
                each -> each.running());
        gauge(
                registry,
                "vllm:kv_cache_usage_perc",
                "The part of the KV cache that sequences use, from 0 to 1.",
                each -> each.cache().usage());
        cacheConfig(registry);
        gauge(
                registry,
                "tramontane_waiting_prompt_tokens",
                "Prompt tokens of the requests in the queue.",
                each -> each.waitingTokens());
        total(
                registry,
                "tramontane_engine_computed_tokens_total",
                "Tokens computed: of prompts, answers and drafts.",
                each -> each.computedTokens());
        total(
                registry,
                "tramontane_engine_busy_seconds_total",
                "Time in which the engine had work.",
                each -> each.busyNanos() / NANOS_PER_SECOND);
        total(
                registry,
                "tramontane_preemptions_total",
                "How often a sequence lost its cache blocks to another one.",
                each -> each.preemptions());
        upstreams.register(registry);
        gateways.register(registry);
        GaugeWithCallback.builder()
                .name("tramontane_open_requests")
                .help("Requests that have arrived and have not been answered completely.")
                .callback(callback -> callback.call(openRequests.getAsInt()))
                .register(registry);
        GaugeWithCallback.builder()
                .name("tramontane_build_info")
                .help("The version of this server.")
                .labelNames("version")
                .callback(callback -> callback.call(1, version))
                .register(registry);
    }

    private void cacheConfig(PrometheusRegistry registry) {
        GaugeWithCallback.builder()
                .name("vllm:cache_config_info")
                .help("Tokens in a block of the KV cache, and the number of blocks.")
                .labelNames(VLLM_MODEL, "block_size", "num_gpu_blocks")
                .callback(callback ->
                        loads.get()
                                .forEach(load ->
                                        callback.call(
                                                1,
                                                load.model(),
                                                "" + load.occupancy().cache().blockTokens(),
                                                "" + load.occupancy().cache().blocks())))
                .register(registry);
    }

    private void gauge(
            PrometheusRegistry registry,
            String name,
            String help,
            Function<Occupancy, Number> value) {
        GaugeWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames(name.startsWith("vllm:") ? VLLM_MODEL : "model")
                .callback(callback ->
                        loads.get()
                                .forEach(load ->
                                        callback.call(
                                                value.apply(load.occupancy()).doubleValue(),
                                                load.model())))
                .register(registry);
    }

    private void total(
            PrometheusRegistry registry,
            String name,
            String help,
            Function<Occupancy.Totals, Number> value) {
        CounterWithCallback.builder()
                .name(name)
                .help(help)
                .labelNames("model")
                .callback(callback ->
                        loads.get()
                                .forEach(load ->
                                        callback.call(
                                                value.apply(load.occupancy().totals())
                                                        .doubleValue(),
                                                load.model())))
                .register(registry);
    }
}
