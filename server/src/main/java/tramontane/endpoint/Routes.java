package tramontane.endpoint;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.access.Caller;
import tramontane.access.KeyRing;
import tramontane.access.LocalOrigin;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.backend.Backend;
import tramontane.backend.Occupancy;

/** Lets requests in and sends each to what it asks for. */
public final class Routes extends Handler.Abstract {
    private static final Logger LOG = LoggerFactory.getLogger(Routes.class);

    private final KeyRing keys;
    private final ModelNames names;
    private final Backend backend;
    private final ChatCompletions completions;
    private final Extensions extensions;
    private final PageFiles page = new PageFiles();
    private final InFlight inFlight;
    private final Surroundings surroundings;

    public Routes(
            KeyRing keys,
            ModelNames names,
            Backend backend,
            ChatCompletions completions,
            Extensions extensions,
            InFlight inFlight,
            Surroundings surroundings) {
        this.keys = keys;
        this.names = names;
        this.backend = backend;
        this.completions = completions;
        this.extensions = extensions;
        this.inFlight = inFlight;
        this.surroundings = surroundings;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Exchange exchange = new Exchange(request, response, surroundings);
        boolean entered = inFlight.enter();
        try {
            answer(exchange, entered);
            callback.succeeded();
            exchange.end();
        } catch (IOException e) {
            LOG.debug("A client left before its answer was complete: {}", e.toString());
            // Jetty logs a failure as a fault of the server unless it is one of its quiet kind.
            callback.failed(e instanceof EofException ? e : new EofException(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            callback.failed(e);
        } catch (RuntimeException | Error e) {
            LOG.error("A request failed in a way that nobody foresaw", e);
            giveUp(exchange, callback, e);
        } finally {
            if (entered) {
                inFlight.leave();
            }
        }
        return true;
    }

    private void answer(Exchange exchange, boolean entered)
            throws IOException, InterruptedException {
        try {
            if (ApiPath.meant(exchange.path()).equals("/health")) {
                health(exchange);
                return;
            }
            if (!entered) {
                throw exchange.unavailable("the server is shutting down");
            }
            route(exchange);
        } catch (ApiException e) {
            if (exchange.isCommitted()) {
                throw new IOException("failed after the answer had begun", e);
            }
            exchange.error(e);
        }
    }

    private void route(Exchange exchange) throws ApiException, IOException, InterruptedException {
        checkOrigin(exchange);
        if (exchange.method().equals("OPTIONS")) {
            preflight(exchange);
            return;
        }
        String path = ApiPath.meant(exchange.path());
        if (PageFiles.holds(path)) {
            allow(exchange, "GET");
            page.show(exchange, path);
            return;
        }
        Caller caller =
                keys.caller(exchange.header("authorization"))
                        .orElseThrow(
                                () -> new ApiException(ErrorCode.UNAUTHORIZED, "Unauthorized"));
        Models models = new Models(names);
        if (path.equals(ApiPath.CHAT)) {
            allow(exchange, "POST");
            completions.answer(exchange, caller);
        } else if (path.equals(ApiPath.FIM)) {
            allow(exchange, "POST");
            completions.fillIn(exchange, caller);
        } else if (path.startsWith(Extensions.ROOT)) {
            extensions.answer(exchange, caller);
        } else if (path.equals("/load")) {
            allow(exchange, "GET");
            load(exchange);
        } else if (path.equals(ApiPath.MODELS)) {
            allow(exchange, "GET");
            models.list(exchange);
        } else if (path.startsWith(ApiPath.MODELS + "/")) {
            model(exchange, models, decode(path.substring(ApiPath.MODELS.length() + 1)));
        } else {
            throw new ApiException(
                    ErrorCode.NOT_FOUND,
                    "there is nothing at " + path + "; this server has " + ApiPath.whatThereIs());
        }
    }

    private static void model(Exchange exchange, Models models, String name)
            throws ApiException, IOException {
        allow(exchange, "GET", "DELETE");
        if (exchange.method().equals("DELETE")) {
            models.delete(name);
        }
        models.get(exchange, name);
    }

    /** 200 while requests are answered; else 503 and why not. */
    private void health(Exchange exchange) throws ApiException, IOException {
        allow(exchange, "GET");
        ObjectNode health = JsonNodeFactory.instance.objectNode();
        Optional<String> failure = backend.failure();
        if (failure.isPresent()) {
            exchange.json(503, health.put("status", "failed").put("reason", failure.get()));
        } else if (inFlight.isDraining()) {
            exchange.json(503, health.put("status", "draining"));
        } else {
            exchange.json(200, health.put("status", "ok"));
        }
    }

    /** For whoever balances several servers, and for tests that nothing leaks. */
    private void load(Exchange exchange) throws IOException {
        Occupancy load = backend.occupancy();
        exchange.json(
                200,
                JsonNodeFactory.instance
                        .objectNode()
                        .put("running", load.running())
                        .put("waiting_tokens", load.waitingTokens())
                        .put("free_blocks", load.freeBlocks())
                        .put("blocks", load.blocks()));
    }

    /** Where no key protects the server, a foreign page in the user's browser must not reach it. */
    private void checkOrigin(Exchange exchange) throws ApiException {
        if (keys.asksForKey()) {
            return;
        }
        if (!LocalOrigin.isLocalHost(exchange.header("host"))
                || !LocalOrigin.isLocalOrigin(exchange.header("origin"))) {
            throw new ApiException(
                    ErrorCode.FORBIDDEN,
                    "this server asks for no key and so answers this machine only; start it with --api-key to open it"
                            + " to other hosts and web pages");
        }
    }

    private static void preflight(Exchange exchange) throws IOException {
        exchange.header("access-control-allow-methods", "GET, HEAD, POST, DELETE, OPTIONS");
        // No cookies are used, so whatever header a page wants to send does no harm.
        exchange.header(
                "access-control-allow-headers",
                exchange.header("access-control-request-headers")
                        .orElse("authorization, content-type"));
        exchange.header("access-control-max-age", Long.toString(Duration.ofHours(1).toSeconds()));
        exchange.header("allow", "GET, HEAD, POST, DELETE, OPTIONS");
        exchange.send(204, "text/plain", new byte[0]);
    }

    static void allow(Exchange exchange, String... methods) throws ApiException {
        String method = exchange.method().equals("HEAD") ? "GET" : exchange.method();
        for (String allowed : methods) {
            if (allowed.equals(method)) {
                return;
            }
        }
        String all = String.join(", ", methods);
        exchange.header("allow", all);
        throw new ApiException(
                ErrorCode.METHOD_NOT_ALLOWED,
                exchange.method() + " is not allowed here, only " + all);
    }

    private static String decode(String path) throws ApiException {
        try {
            return URLDecoder.decode(path.replace("+", "%2B"), StandardCharsets.UTF_8);
        } catch (IllegalArgumentException e) {
            throw new ApiException(
                    ErrorCode.NOT_FOUND, "the path holds a broken escape: " + e.getMessage());
        }
    }

    private static void giveUp(Exchange exchange, Callback callback, Throwable cause) {
        if (exchange.isCommitted()) {
            callback.failed(cause);
            return;
        }
        try {
            exchange.error(
                    new ApiException(ErrorCode.INTERNAL, "the server failed; its log says why"));
            callback.succeeded();
        } catch (IOException gone) {
            callback.failed(gone);
        }
    }
}
