package tramontane.endpoint;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.ModelState;
import tramontane.backend.Occupancy;
import tramontane.telemetry.ServerMetrics;

/** What operators ask: probes, load, metrics, and the description of the API. */
public final class Operations {
    static final String HEALTH = "/health";
    static final String LIVE = "/livez";
    static final String READY = "/readyz";
    static final String METRICS = "/metrics";
    static final String LOAD = "/load";
    static final String DESCRIPTION = "/openapi.json";

    /** Who gets an answer. */
    enum Access {
        /** Everybody who can reach the port, also while the server is shutting down. */
        ANYONE,
        /** No key is needed, but without keys the request must come from this machine. */
        WITHOUT_KEY,
        /** As for the API. */
        WITH_KEY,
        /** A key of the settings, or one that opens administration. */
        OPERATOR
    }

    private final Backend backend;
    private final InFlight inFlight;
    private final Supplier<ServerMetrics> metrics;
    private final Supplier<Optional<String>> ledger;
    private final boolean openMetrics;

    /**
     * @param ledger the trouble of the ledger, if it has any
     * @param openMetrics true if the metrics need no key
     */
    public Operations(
            Backend backend,
            InFlight inFlight,
            Supplier<ServerMetrics> metrics,
            Supplier<Optional<String>> ledger,
            boolean openMetrics) {
        this.backend = backend;
        this.inFlight = inFlight;
        this.metrics = metrics;
        this.ledger = ledger;
        this.openMetrics = openMetrics;
    }

    /** Who gets an answer at a path; empty if it is none of these. */
    Optional<Access> access(String path) {
        return switch (path) {
            case HEALTH, LIVE, READY -> Optional.of(Access.ANYONE);
            case METRICS -> Optional.of(openMetrics ? Access.ANYONE : Access.OPERATOR);
            case DESCRIPTION -> Optional.of(Access.WITHOUT_KEY);
            case LOAD -> Optional.of(Access.WITH_KEY);
            case String _ -> Optional.empty();
        };
    }

    /** Whether a model is loaded. */
    ModelState state(ModelCard model) {
        return backend.state(model);
    }

    void answer(Exchange exchange, String path) throws ApiException, IOException {
        Routes.allow(exchange, "GET");
        switch (path) {
            case LIVE -> live(exchange);
            case METRICS -> exchange.send(200, metrics.get().contentType(), metrics.get().text());
            case DESCRIPTION -> exchange.send(200, "application/json", description());
            case LOAD -> load(exchange);
            case String _ -> ready(exchange);
        }
    }

    /** 503 only if nothing but a new start helps. */
    private void live(Exchange exchange) throws IOException {
        Optional<String> failure = backend.lost();
        if (failure.isPresent()) {
            exchange.json(503, failed(failure.get()));
        } else {
            exchange.json(200, status("ok"));
        }
    }

    /** 200 while requests are answered; otherwise 503 with the reason. */
    private void ready(Exchange exchange) throws IOException {
        Optional<String> failure = backend.failure();
        if (failure.isPresent()) {
            exchange.json(503, failed(failure.get()));
        } else if (inFlight.isDraining()) {
            exchange.json(503, status("draining"));
        } else {
            ObjectNode ok = status("ok");
            // The reason may name paths, so it is in the log only.
            ledger.get().ifPresent(_ -> ok.put("ledger", "cannot be written; the log says why"));
            exchange.json(200, ok);
        }
    }

    private static ObjectNode failed(String reason) {
        return status("failed").put("reason", reason);
    }

    private static ObjectNode status(String word) {
        return JsonNodeFactory.instance.objectNode().put("status", word);
    }

    /** For load balancers, and for tests that check for leaks. */
    private void load(Exchange exchange) throws IOException {
        Occupancy load = backend.occupancy();
        exchange.json(
                200,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("running", load.running())
                        .put("waiting", load.waiting())
                        .put("waiting_tokens", load.waitingTokens())
                        .put("free_blocks", load.cache().freeBlocks())
                        .put("blocks", load.cache().blocks()));
    }

    private static byte[] description() {
        try (InputStream in = Operations.class.getResourceAsStream("/tramontane/openapi.json")) {
            if (in == null) {
                throw new IOException("openapi.json is missing");
            }
            return in.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException("the jar of this server cannot be read", e);
        }
    }
}
