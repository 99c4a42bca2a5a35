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
import org.eclipse.jetty.http.HttpHeader;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Keeps the number of open connections within bounds, and closes those whose request does not
 * arrive.
 *
 * <p>A new connection always gets in, also a health check's: where an address has too many, or all
 * together are too many, another one is closed for it. That is the one of the address with the most
 * connections that is needed least: first a silent one, then in the order of {@link Phase}. A
 * connection whose request is being answered is never closed.
 *
 * <p>An idle timeout does not catch a client that sends one byte a second, because every byte
 * counts as life. So each connection is followed through its phases:
 *
 * <pre>
 * silent ──first byte──▶ header ──complete──▶ body ──complete──▶ answering ──answered──▶ idle
 *    └── too long: closed   └── too long: closed  └── the request's own deadline
 * </pre>
 *
 * An idle connection whose next request begins is in the phase of a header again. The monitor of
 * this object guards all fields.
 */
final class Connections extends Handler.Wrapper implements Connection.Listener {
    private static final long SWEEP_MILLIS = 500;

    /** Bytes of an IPv6 address that say whose it is: the rest is the owner's to choose. */
    private static final int NETWORK_BYTES = 8;

    /** Where a connection is, what is needed least first. */
    private enum Phase {
        /** Nothing was ever sent. */
        SILENT,
        IDLE,
        HEADER,
        BODY,
        ANSWERING
    }

    /** What is known of an open connection. */
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

        /** Bytes arrive without a call, so the beginning of a header is found out by looking. */
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
        Optional<State> victim;
        synchronized (this) {
            State state = new State(connection, address(connection), System.nanoTime());
            states.put(connection, state);
            int count = ofAddress.merge(state.address, 1, Integer::sum);
            victim =
                    count > bounds.perAddress()
                            ? leastNeeded(state.address, state)
                            : states.size() > bounds.connections()
                                    ? leastNeeded(state)
                                    : Optional.empty();
            victim.ifPresent(closed -> remove(closed.connection));
        }
        // Closing calls back, so the monitor is not held.
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

    /**
     * The connection of the greediest address that is needed least; the new one as a last resort.
     */
    private Optional<State> leastNeeded(State newest) {
        return ofAddress.entrySet().stream()
                .sorted(Map.Entry.<List<Byte>, Integer>comparingByValue().reversed())
                .flatMap(each -> leastNeeded(each.getKey(), newest).stream())
                .filter(state -> state != newest)
                .findFirst()
                .or(() -> Optional.of(newest));
    }

    private Optional<State> leastNeeded(List<Byte> address, State newest) {
        long now = System.nanoTime();
        return states.values().stream()
                .filter(state -> state != newest && state.address.equals(address))
                .filter(state -> state.look(now) != Phase.ANSWERING)
                .min(
                        Comparator.<State, Phase>comparing(state -> state.phase)
                                .thenComparingLong(state -> state.sinceNanos - now))
                .or(() -> Optional.of(newest));
    }

    /** Who is at the other end: an IPv4 address, or the network of an IPv6 address. */
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

    /** A request that tells when its body is complete. */
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
                late().forEach(connection -> connection.getEndPoint().close());
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Connections that never sent anything, or whose header has not been complete in time. */
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
