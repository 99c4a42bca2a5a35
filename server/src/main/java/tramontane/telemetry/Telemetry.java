package tramontane.telemetry;

import java.util.Optional;

/** Reports each request to the metrics, and to the traces and the access log where they are on. */
public final class Telemetry {
    private final ServerGauges gauges;
    private final Optional<Traces> traces;
    private final Optional<AccessLog> accessLog;

    private volatile Optional<ServerMetrics> metrics = Optional.empty();

    public Telemetry(ServerGauges gauges, Optional<Traces> traces, Optional<AccessLog> accessLog) {
        this.gauges = gauges;
        this.traces = traces;
        this.accessLog = accessLog;
    }

    /** Reports a request. Called by the thread that answered it. */
    public void ended(ObservedRequest request) {
        Optional<String> traceId = traces.flatMap(each -> each.record(request));
        metrics().count(request);
        accessLog.ifPresent(each -> each.write(request, traceId));
    }

    /** The metrics, whose classes are loaded at the first request: the start does not need them. */
    public ServerMetrics metrics() {
        return metrics.orElseGet(this::firstMetrics);
    }

    private synchronized ServerMetrics firstMetrics() {
        ServerMetrics first = metrics.orElseGet(() -> new ServerMetrics(gauges));
        metrics = Optional.of(first);
        return first;
    }
}
