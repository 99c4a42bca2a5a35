package tramontane.telemetry;

import io.prometheus.metrics.core.metrics.CounterWithCallback;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.function.IntSupplier;
import java.util.function.Supplier;
import tramontane.limit.GatewayStatus;

/**
 * Metrics of the database and of the servers that share it, read at each scrape.
 *
 * @param gateways what is known of other servers
 * @param waitingRows rows of the ledger that are not in the database yet
 */
public record GatewayGauges(Supplier<GatewayStatus> gateways, IntSupplier waitingRows) {
    /** A server without a database. */
    public static final GatewayGauges NONE = new GatewayGauges(() -> GatewayStatus.ALONE, () -> 0);

    private static final double NANOS_PER_SECOND = 1e9;

    void register(PrometheusRegistry registry) {
        GaugeWithCallback.builder()
                .name("tramontane_gateways")
                .help("Running servers that share the limits in the database, this one included.")
                .callback(callback -> callback.call(gateways.get().living()))
                .register(registry);
        CounterWithCallback.builder()
                .name("tramontane_gateway_takeovers_total")
                .help("Leases of dead servers that this one has ended.")
                .callback(callback -> callback.call(gateways.get().takenOver()))
                .register(registry);
        GaugeWithCallback.builder()
                .name("tramontane_limits_away_seconds")
                .help("How long the database of the shared limits cannot be used; 0 if it can.")
                .callback(callback -> callback.call(awaySeconds()))
                .register(registry);
        GaugeWithCallback.builder()
                .name("tramontane_ledger_waiting_rows")
                .help("Rows of the ledger that are not in the database yet.")
                .callback(callback -> callback.call(waitingRows.getAsInt()))
                .register(registry);
    }

    private double awaySeconds() {
        long now = System.nanoTime();
        return (now - gateways.get().awaySinceNanos().orElse(now)) / NANOS_PER_SECOND;
    }
}
