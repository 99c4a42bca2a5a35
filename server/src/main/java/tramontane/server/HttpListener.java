package tramontane.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.ConnectionFactory;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.SslConnectionFactory;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.JsonBody;
import tramontane.config.Configuration;
import tramontane.config.Settings;
import tramontane.endpoint.InFlight;

/** Listens on a port and serves the routes. */
final class HttpListener {
    /**
     * Limits on connections.
     *
     * @param header maximum time for a request's header, and for the first byte of a new connection
     * @param idle maximum time without a byte in either direction while one is expected
     * @param connections maximum number of open connections
     * @param perAddress maximum number of them from one address
     */
    record Bounds(Duration header, Duration idle, int connections, int perAddress) {
        /** As in the table of settings. */
        static final Bounds DEFAULT =
                new Bounds(Duration.ofSeconds(10), Duration.ofSeconds(30), 4096, 1024);

        /** The limits of a configuration, on a machine that allows this number of connections. */
        static Bounds of(Configuration configuration, int maxConnections) {
            return new Bounds(
                    Duration.ofSeconds(configuration.get(Settings.HEADER_SECONDS)),
                    Duration.ofSeconds(configuration.get(Settings.IDLE_SECONDS)),
                    maxConnections,
                    Math.min(maxConnections, configuration.get(Settings.CONNECTIONS_PER_ADDRESS)));
        }

        Bounds(Duration header, Duration idle, int connections) {
            this(header, idle, connections, connections);
        }
    }

    /** Connections established by the system and not yet accepted. */
    private static final int BACKLOG = 1024;

    private static final int HEADER_BYTES = 16 << 10;

    /** How long interrupted requests may take to send their error. */
    static final Duration LAST_WORDS = Duration.ofSeconds(3);

    private final Server server;
    private final ServerConnector connector;
    private final InFlight inFlight;
    private final Bounds bounds;

    HttpListener(InetSocketAddress address, InFlight inFlight, Bounds bounds) {
        this(address, inFlight, bounds, Optional.empty());
    }

    HttpListener(InetSocketAddress address, InFlight inFlight, Bounds bounds, Optional<Tls> tls) {
        this.inFlight = inFlight;
        this.bounds = bounds;
        // These few threads accept and select; each request runs on its own virtual thread.
        QueuedThreadPool pool = new QueuedThreadPool(16, 4);
        pool.setName("http");
        pool.setDaemon(true);
        pool.setVirtualThreadsExecutor(
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("request-", 0).factory()));
        server = new Server(pool);
        PlainHttp http = new PlainHttp(configuration());
        ConnectionFactory[] layers =
                tls.<ConnectionFactory[]>map(each ->
                                new ConnectionFactory[] {
                                    new SslConnectionFactory(each.context(), http.getProtocol()),
                                    http
                                })
                        .orElse(new ConnectionFactory[] {http});
        connector = new ServerConnector(server, 1, 1, layers);
        connector.setHost(address.getHostString());
        connector.setPort(address.getPort());
        connector.setIdleTimeout(bounds.idle().toMillis());
        connector.setReuseAddress(true);
        connector.setAcceptQueueSize(BACKLOG);
        server.addConnector(connector);
        server.setErrorHandler(new JsonErrors());
        server.setStopAtShutdown(false);
    }

    private static HttpConfiguration configuration() {
        HttpConfiguration configuration = new HttpConfiguration();
        configuration.setSendServerVersion(false);
        configuration.setRequestHeaderSize(HEADER_BYTES);
        // Paths are only compared, and the id of a model may contain an escaped slash.
        configuration.setUriCompliance(UriCompliance.UNSAFE);
        return configuration;
    }

    /**
     * Starts listening.
     *
     * @throws IOException if the address is in use or does not belong to this machine
     */
    void start(Handler routes) throws IOException {
        Connections connections = new Connections(bounds, routes);
        connector.addEventListener(connections);
        server.setHandler(connections);
        try {
            LifeCycle.start(server);
        } catch (RuntimeException e) {
            LifeCycle.stop(server);
            if (e.getCause() instanceof IOException cause) {
                throw cause;
            }
            throw e;
        }
    }

    int port() {
        return connector.getLocalPort();
    }

    /**
     * Waits for open requests to finish, then closes; true if all finished. Until then new
     * connections are accepted, so that routers and metrics see a server that drains, and requests
     * get a 503.
     *
     * @param endAnswers called after the grace period: fails the remaining answers, so that their
     *     clients get an error instead of a closed connection
     */
    boolean stop(Duration grace, Runnable endAnswers) throws InterruptedException {
        boolean finished = inFlight.drain(grace);
        if (!finished) {
            endAnswers.run();
            // Clients that do not read, and bodies that do not arrive, are not waited for.
            boolean unused = inFlight.drain(LAST_WORDS);
        }
        // Jetty's graceful stop would wait its whole timeout for any open connection.
        server.setStopTimeout(0);
        LifeCycle.stop(server);
        return finished;
    }

    /** Writes errors that Jetty finds itself in the same format as all others. */
    private static final class JsonErrors extends ErrorHandler {
        @Override
        public boolean handle(Request request, Response response, Callback callback) {
            int status = response.getStatus();
            Object given = request.getAttribute(ERROR_MESSAGE);
            String message = given == null ? "the request is not valid HTTP" : given.toString();
            ErrorCode code = status >= 500 ? ErrorCode.INTERNAL : ErrorCode.BAD_REQUEST;
            byte[] body = JsonBody.write(new ApiException(code, message).body());
            response.getHeaders().put(HttpHeader.CONTENT_TYPE, "application/json");
            response.getHeaders().put(HttpHeader.CONTENT_LENGTH, body.length);
            Content.Sink.write(response, true, new String(body, StandardCharsets.UTF_8), callback);
            return true;
        }
    }
}
