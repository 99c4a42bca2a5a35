package tramontane.server;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.http.UriCompliance;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.HttpConfiguration;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;
import org.eclipse.jetty.util.thread.QueuedThreadPool;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.JsonBody;
import tramontane.endpoint.InFlight;

/** The routes on a port. */
final class HttpListener {
    /**
     * The bounds of a connection.
     *
     * @param header longest time for a request's header to arrive, and for a new connection to send
     *     its first byte
     * @param idle longest time without a byte in either direction while one is awaited
     * @param connections that may be open
     * @param perAddress of them, of one address
     */
    record Bounds(Duration header, Duration idle, int connections, int perAddress) {
        /** More than any proxy keeps open, and few enough for four such to have room. */
        static final int PER_ADDRESS = 1024;

        static final Bounds DEFAULT =
                new Bounds(Duration.ofSeconds(10), Duration.ofSeconds(30), 4096, PER_ADDRESS);

        Bounds(Duration header, Duration idle, int connections) {
            this(header, idle, connections, connections);
        }

        /** The same, with other numbers of connections. */
        Bounds with(int most, int mostPerAddress) {
            return new Bounds(header, idle, most, Math.min(most, mostPerAddress));
        }
    }

    /** Connections that the system has completed and nobody has accepted yet. */
    private static final int BACKLOG = 1024;

    private static final int HEADER_BYTES = 16 << 10;

    /** How long requests that were cut short have to send their error. */
    static final Duration LAST_WORDS = Duration.ofSeconds(3);

    private final Server server;
    private final ServerConnector connector;
    private final InFlight inFlight;
    private final Bounds bounds;

    HttpListener(InetSocketAddress address, InFlight inFlight, Bounds bounds) {
        this.inFlight = inFlight;
        this.bounds = bounds;
        // These few threads accept and select; each request runs on a virtual thread of its own.
        QueuedThreadPool pool = new QueuedThreadPool(16, 4);
        pool.setName("http");
        pool.setDaemon(true);
        pool.setVirtualThreadsExecutor(
                Executors.newThreadPerTaskExecutor(
                        Thread.ofVirtual().name("request-", 0).factory()));
        server = new Server(pool);
        connector = new ServerConnector(server, 1, 1, new PlainHttp(configuration()));
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
        // Paths are compared, never opened, and the id of a model may hold an escaped slash.
        configuration.setUriCompliance(UriCompliance.UNSAFE);
        return configuration;
    }

    /**
     * Begins to listen; an {@code IOException} says that the address is taken or not this
     * machine's.
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
     * Stops listening, lets requests in flight finish for a while, then closes; true if all
     * finished.
     *
     * @param endAnswers run when the grace period is over: makes the remaining answers fail, so
     *     that their requests end with an error instead of a closed connection
     */
    boolean stop(Duration grace, Runnable endAnswers) throws InterruptedException {
        // Only the listening socket closes here: Jetty's own graceful stop waits its whole timeout
        // for any stream.
        connector.shutdown();
        boolean finished = inFlight.drain(grace);
        if (!finished) {
            endAnswers.run();
            // A client that does not read, or a body that does not arrive, is not waited for.
            boolean unused = inFlight.drain(LAST_WORDS);
        }
        server.setStopTimeout(0);
        LifeCycle.stop(server);
        return finished;
    }

    /** Errors that Jetty finds before a request reaches the routes, in the shape of all others. */
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
