package tramontane.server;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.ssl.SslConnection;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Limits the number of open connections, and closes those whose request does not arrive.
 *
 * <p>A new connection is always accepted, so that health checks succeed. If an address has too many
 * connections, or there are too many in total, another one is closed: one of the address with the
 * most connections, in the order of {@link Phase}, oldest first. The newest connections whose
 * header has not arrived are closed last, up to a share: otherwise a flood of incomplete requests
 * would close each new client's connection before its request arrives. A connection whose request
 * is being answered is never closed.
 *
 * <p>An idle timeout is not enough: a client that sends one byte per second never becomes idle. So
 * each connection has a phase with its own timeout:
 *
 * <pre>
 * silent ──first byte──▶ header ──complete──▶ body ──complete──▶ answering ──answered──▶ idle
 *    └── too long: closed   └── too long: closed  └── the request's own deadline
 * </pre>
 *
 * The next request of an idle connection starts in the phase of a header. All fields are guarded by
 * this object's monitor.
 */
final class Connections extends Handler.Wrapper implements Connection.Listener {
    private static final Logger LOG = LoggerFactory.getLogger(Connections.class);

    private static final long SWEEP_MILLIS = 500;

    /** An IPv6 network has 64 bits; its owner chooses the rest of the address. */
    private static final int NETWORK_BYTES = 8;

    /** One in so many connections of an address may be new ones, which are closed last. */
    private static final int NEW_SHARE = 4;

    /** The state of a connection, those to close first at the top. */
    private enum Phase {
        /** No byte has been received. */
        SILENT,
        IDLE,
        HEADER,
        BODY,
        ANSWERING
    }

    /** An open connection. */
    private static final class State {
        final Connection connection;
        final List<Byte> address;
        Phase phase = Phase.SILENT;
        long sinceNanos;
        long bytesBefore;

        State(Connection connection, List<Byte> address, long nowNanos) {
            this.connection = connection;
            this.address = address;
            this.sinceNanos = nowNanos;
        }

        void become(Phase next, long nowNanos) {
            phase = next;
            sinceNanos = nowNanos;
            bytesBefore = connection.getBytesIn();
        }

        /** Jetty does not report the first bytes of a header, so they are detected by polling. */
        Phase look(long nowNanos) {
            boolean waits = phase == Phase.SILENT || phase == Phase.IDLE;
            if (waits && connection.getBytesIn() > bytesBefore) {
                phase = Phase.HEADER;
                sinceNanos = nowNanos;
            }
            return phase;
        }
    }

    private final HttpListener.Bounds bounds;
    private final Map<Connection, State> states = new LinkedHashMap<>();
    private final Map<List<Byte>, Integer> ofAddress = new HashMap<>();
    private volatile Thread sweeper = Thread.ofVirtual().unstarted(() -> {});

    Connections(HttpListener.Bounds bounds, Handler next) {
        super(next);
        this.bounds = bounds;
    }

    @Override
    public void onOpened(Connection connection) {
        if (connection instanceof SslConnection) {
            // The HTTP connection within it is reported, too, and counts.
            return;
        }
        Optional<State> victim;
        synchronized (this) {
            State state = new State(connection, address(connection), System.nanoTime());
            states.put(connection, state);
            int count = ofAddress.merge(state.address, 1, Integer::sum);
            victim =
                    count > bounds.perAddress()
                            ? connectionToClose(state.address, state)
                            : states.size() > bounds.connections()
                                    ? connectionToClose(state)
                                    : Optional.empty();
            victim.ifPresent(closed -> remove(closed.connection));
        }
        // Closing triggers a callback, so it is done without the monitor.
        victim.ifPresent(closed -> closed.connection.getEndPoint().close());
    }

    @Override
    public synchronized void onClosed(Connection connection) {
        remove(connection);
    }

    private synchronized void remove(Connection connection) {
        State state = states.remove(connection);
        if (state != null) {
            ofAddress.computeIfPresent(
                    state.address, (address, count) -> count > 1 ? count - 1 : null);
        }
    }

    /** The connection to close: the least needed one of the address with the most connections. */
    private Optional<State> connectionToClose(State newest) {
        return ofAddress.entrySet().stream()
                .sorted(Map.Entry.<List<Byte>, Integer>comparingByValue().reversed())
                .flatMap(each -> connectionToClose(each.getKey(), newest).stream())
                .filter(state -> state != newest)
                .findFirst()
                .or(() -> Optional.of(newest));
    }

    private Optional<State> connectionToClose(List<Byte> address, State newest) {
        long now = System.nanoTime();
        List<State> candidates =
                states.values().stream()
                        .filter(state -> state != newest && state.address.equals(address))
                        .filter(state -> state.look(now) != Phase.ANSWERING)
                        .toList();
        Set<State> spared = newOnes(candidates);
        return candidates.stream()
                .min(
                        Comparator.<State, Boolean>comparing(spared::contains)
                                .thenComparing(state -> state.phase)
                                .thenComparingLong(state -> state.sinceNanos - now))
                .or(() -> Optional.of(newest));
    }

    /**
     * The newest connections whose header has not arrived.
     *
     * @param candidates oldest first
     */
    private static Set<State> newOnes(List<State> candidates) {
        return candidates.reversed().stream()
                .filter(state -> state.phase == Phase.SILENT || state.phase == Phase.HEADER)
                .limit(Math.max(1, candidates.size() / NEW_SHARE))
                .collect(Collectors.toSet());
    }

    /** The client's IPv4 address, or the network of its IPv6 address. */
    private static List<Byte> address(Connection connection) {
        byte[] bytes =
                connection.getEndPoint().getRemoteSocketAddress()
                                instanceof InetSocketAddress remote
                        ? bytes(remote.getAddress())
                        : new byte[0];
        Byte[] boxed = new Byte[bytes.length];
        Arrays.setAll(boxed, i -> bytes[i]);
        return List.of(boxed);
    }

    private static byte[] bytes(InetAddress address) {
        byte[] bytes = address.getAddress();
        return address instanceof Inet6Address ? Arrays.copyOf(bytes, NETWORK_BYTES) : bytes;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Connection connection = request.getConnectionMetaData().getConnection();
        boolean hasBody =
                request.getLength() > 0
                        || request.getHeaders().contains(HttpHeader.TRANSFER_ENCODING);
        become(connection, hasBody ? Phase.BODY : Phase.ANSWERING);
        return super.handle(
                new Arriving(request, connection),
                response,
                Callback.from(callback, () -> become(connection, Phase.IDLE)));
    }

    /** A request that notices when its body is complete. */
    private final class Arriving extends Request.Wrapper {
        private final Connection connection;

        Arriving(Request request, Connection connection) {
            super(request);
            this.connection = connection;
        }

        @Override
        public Content.Chunk read() {
            Content.Chunk chunk = super.read();
            if (chunk != null && chunk.isLast()) {
                become(connection, Phase.ANSWERING);
            }
            return chunk;
        }
    }

    private synchronized void become(Connection connection, Phase phase) {
        State state = states.get(connection);
        if (state != null) {
            state.become(phase, System.nanoTime());
        }
    }

    private void sweep() {
        try {
            while (isRunning() || isStarting()) {
                Thread.sleep(SWEEP_MILLIS);
                closeLate();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void closeLate() {
        try {
            late().forEach(connection -> connection.getEndPoint().close());
        } catch (OutOfMemoryError e) {
            // The request that fills the heap fails; the next sweep will find memory again.
            LOG.warn("Connections could not be looked through: {}", e.toString());
        }
    }

    /** Connections that have sent nothing, or whose header is incomplete, after their timeout. */
    private synchronized List<Connection> late() {
        long now = System.nanoTime();
        return states.values().stream()
                .filter(state -> {
                    Phase phase = state.look(now);
                    return phase == Phase.SILENT || phase == Phase.HEADER;
                })
                .filter(state -> now - state.sinceNanos > bounds.header().toNanos())
                .map(state -> state.connection)
                .toList();
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        sweeper = Thread.ofVirtual().name("connection-sweeper").start(this::sweep);
    }

    @Override
    protected void doStop() throws Exception {
        sweeper.interrupt();
        super.doStop();
    }
}
