package tramontane.endpoint;

import java.io.IOException;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tramontane.access.AllowedOrigins;
import tramontane.access.LocalOrigin;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.completion.Environment;
import tramontane.completion.ModelNames;
import tramontane.limit.Allowance;

/** Dispatches requests by path. */
public final class Routes extends Handler.Abstract {
    /** What pages of other origins may read, besides the headers that browsers always show. */
    private static final String EXPOSED =
            String.join(
                    ", ",
                    Observed.ID,
                    "retry-after",
                    "x-ratelimit-limit-req-minute",
                    "x-ratelimit-remaining-req-minute",
                    "x-ratelimit-limit-tokens-minute",
                    "x-ratelimit-remaining-tokens-minute",
                    "x-ratelimit-limit-tokens-month",
                    "x-ratelimit-remaining-tokens-month",
                    "x-ratelimit-tokens-query-cost");

    private static final Logger LOG = LoggerFactory.getLogger(Routes.class);

    private final Gate gate;
    private final ModelNames names;
    private final Operations operations;
    private final ChatCompletions completions;
    private final Embeddings embeddings;
    private final ImageRules images;
    private final Extensions extensions;
    private final PageFiles page = new PageFiles();
    private final Environment environment;
    private volatile AllowedOrigins origins = new AllowedOrigins(List.of(AllowedOrigins.ANY));

    /**
     * What models answer.
     *
     * @param images what images of requests may be
     */
    public record Api(ChatCompletions completions, Embeddings embeddings, ImageRules images) {}

    public Routes(
            Gate gate,
            ModelNames names,
            Operations operations,
            Api api,
            Extensions extensions,
            Environment environment) {
        this.gate = gate;
        this.names = names;
        this.operations = operations;
        this.completions = api.completions;
        this.embeddings = api.embeddings;
        this.images = api.images;
        this.extensions = extensions;
        this.environment = environment;
    }

    /** Changes which web pages may read answers, from the next request on. */
    public void allow(AllowedOrigins allowed) {
        origins = allowed;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) {
        Exchange exchange = new Exchange(request, response, environment);
        allowOrigin(exchange);
        exchange.fields(gate.fields());
        try {
            answer(exchange, Observed.isAdmitted(request));
            callback.succeeded();
            exchange.end();
        } catch (IOException e) {
            LOG.debug("A client left before its answer was complete: {}", e.toString());
            // Jetty logs any failure as the server's fault, except this exception.
            callback.failed(e instanceof EofException ? e : new EofException(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            callback.failed(e);
        } catch (RuntimeException | Error e) {
            LOG.error("A request failed in a way that nobody foresaw", e);
            giveUp(exchange, callback, e);
        }
        return true;
    }

    private void answer(Exchange exchange, boolean admitted)
            throws IOException, InterruptedException {
        try {
            String path = ApiPath.meant(exchange.path());
            Optional<Operations.Access> operation = operations.access(path);
            if (operation.equals(Optional.of(Operations.Access.ANYONE))) {
                operations.answer(exchange, path);
                return;
            }
            // Metrics tell how far a server is that drains.
            boolean forOperator = operation.equals(Optional.of(Operations.Access.OPERATOR));
            if (!admitted && !forOperator) {
                throw exchange.unavailable("the server is shutting down");
            }
            route(exchange, path, operation);
        } catch (ApiException e) {
            if (exchange.isCommitted()) {
                throw new IOException("failed after the answer had begun", e);
            }
            exchange.error(e);
        }
    }

    private void route(Exchange exchange, String path, Optional<Operations.Access> operation)
            throws ApiException, IOException, InterruptedException {
        checkOrigin(exchange);
        if (exchange.method().equals("OPTIONS")) {
            preflight(exchange);
            return;
        }
        if (PageFiles.holds(path)) {
            allow(exchange, "GET");
            page.show(exchange, path);
            return;
        }
        if (operation.equals(Optional.of(Operations.Access.WITHOUT_KEY))) {
            operations.answer(exchange, path);
            return;
        }
        try (Allowance allowance = gate.admit(exchange)) {
            exchange.fields(allowance.caller().fields());
            admitted(exchange, path, operation, allowance);
        }
    }

    private void admitted(
            Exchange exchange,
            String path,
            Optional<Operations.Access> operation,
            Allowance allowance)
            throws ApiException, IOException, InterruptedException {
        Models models = new Models(names.visibleTo(allowance.caller()), operations::state);
        if (path.equals(ApiPath.CHAT)) {
            allow(exchange, "POST");
            allowance.enter();
            completions.chat(exchange, allowance);
        } else if (path.equals(ApiPath.FIM)) {
            allow(exchange, "POST");
            allowance.enter();
            completions.fim(exchange, allowance);
        } else if (path.equals(ApiPath.EMBEDDINGS)) {
            allow(exchange, "POST");
            allowance.enter();
            embeddings.embed(exchange, allowance);
        } else if (path.equals(KeyReport.PATH)) {
            allow(exchange, "GET");
            gate.report(exchange, allowance);
        } else if (path.equals(ImageRules.PATH)) {
            allow(exchange, "GET");
            images.answer(exchange);
        } else if (path.startsWith(Extensions.ROOT)) {
            extensions.answer(exchange, allowance);
        } else if (operation.isPresent()) {
            if (operation.get() == Operations.Access.OPERATOR) {
                gate.requireOperator(allowance);
            }
            operations.answer(exchange, path);
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

    /** Without keys, a foreign page in the user's browser must not use the server. */
    private void checkOrigin(Exchange exchange) throws ApiException {
        if (gate.asksForKey()) {
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

    private void allowOrigin(Exchange exchange) {
        AllowedOrigins allowed = origins;
        allowed.answer(exchange.header("origin"))
                .ifPresent(value -> {
                    exchange.header("access-control-allow-origin", value);
                    exchange.header("access-control-expose-headers", EXPOSED);
                });
        if (allowed.differs()) {
            exchange.varies("origin");
        }
    }

    private static void preflight(Exchange exchange) throws IOException {
        exchange.header("access-control-allow-methods", "GET, HEAD, POST, DELETE, OPTIONS");
        // No cookies are used, so any request header is harmless.
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
