package tramontane.server;

import java.net.URI;
import java.net.URISyntaxException;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.logging.Handler;
import java.util.logging.Logger;
import java.util.logging.SimpleFormatter;
import tramontane.config.Configuration;
import tramontane.config.Settings;
import tramontane.telemetry.AccessLog;
import tramontane.telemetry.BackgroundLog;
import tramontane.telemetry.JsonLines;
import tramontane.telemetry.Traces;

/** The settings of {@code serve} for metrics, logs and traces. */
record TelemetryOptions(
        boolean openMetrics, boolean json, boolean logRequests, Optional<String> otlpEndpoint) {
    static TelemetryOptions of(Configuration configuration) {
        return new TelemetryOptions(
                configuration.get(Settings.OPEN_METRICS),
                configuration.get(Settings.LOG_FORMAT).equals("json"),
                configuration.get(Settings.LOG_REQUESTS),
                configuration.get(Settings.OTLP_ENDPOINT));
    }

    /** What the options start: the log at once, the traces while the model loads. */
    record Started(Optional<BackgroundLog> log, CompletableFuture<Optional<Traces>> traces) {
        Optional<AccessLog> accessLog() {
            return log.map(AccessLog::new);
        }

        Optional<Traces> awaitTraces() throws Complaint {
            try {
                return traces.join();
            } catch (CompletionException e) {
                throw new Complaint(
                        "OpenTelemetry cannot start: "
                                + Optional.ofNullable(e.getCause()).orElse(e).getMessage()
                                + "; check the OTEL_ variables of the environment");
            }
        }

        /** Sends and writes what is left; must be called before the JVM may exit. */
        void close() {
            traces.thenAccept(started -> started.ifPresent(Traces::close)).join();
            log.ifPresent(BackgroundLog::flush);
        }
    }

    Started start(Map<String, String> environment, String version) {
        return new Started(openLog(), startTraces(environment, version));
    }

    void checkEndpoint() throws Complaint {
        if (otlpEndpoint.isPresent() && !isBaseUrl(otlpEndpoint.get())) {
            throw new Complaint(
                    "--otlp-endpoint "
                            + otlpEndpoint.get()
                            + " is no base URL of a collector, such as http://127.0.0.1:4318");
        }
    }

    private static boolean isBaseUrl(String text) {
        try {
            URI url = new URI(text);
            return ("http".equals(url.getScheme()) || "https".equals(url.getScheme()))
                    && url.getHost() != null
                    && url.getQuery() == null
                    && url.getFragment() == null;
        } catch (URISyntaxException e) {
            return false;
        }
    }

    private Optional<BackgroundLog> openLog() {
        if (!json && !logRequests) {
            return Optional.empty();
        }
        BackgroundLog log =
                new BackgroundLog(System.err, json ? new JsonLines() : new SimpleFormatter());
        Logger root = Logger.getLogger("");
        for (Handler each : root.getHandlers()) {
            root.removeHandler(each);
        }
        root.addHandler(log);
        return Optional.of(log);
    }

    private CompletableFuture<Optional<Traces>> startTraces(
            Map<String, String> environment, String version) {
        boolean wanted =
                otlpEndpoint.isPresent()
                        || environment.containsKey("OTEL_EXPORTER_OTLP_ENDPOINT")
                        || environment.containsKey("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT");
        return wanted
                ? CompletableFuture.supplyAsync(
                        () -> Optional.of(Traces.start(otlpEndpoint, version)))
                : CompletableFuture.completedFuture(Optional.empty());
    }
}
