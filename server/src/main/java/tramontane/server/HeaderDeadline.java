package tramontane.server;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Closes connections whose request header takes too long to arrive.
 *
 * <p>An idle timeout does not catch a client that sends one byte a second, because every byte
 * counts as life. So each connection is followed through its states:
 *
 * <pre>
 * waiting ──first byte──▶ header arriving ──header complete──▶ busy ──answered──▶ waiting
 *                            └── too long: closed
 * </pre>
 */
final class HeaderDeadline extends Handler.Wrapper implements Connection.Listener {
    private static final long SWEEP_MILLIS = 500;

    private final long limitNanos;
    private final Map<Connection, State> states = new ConcurrentHashMap<>();
    private volatile Thread sweeper = Thread.ofVirtual().unstarted(() -> {});

    private static final class State {
        private boolean busy;
        private long bytesBefore;
        private long arrivingSinceNanos;
        private boolean arriving;
    }

    HeaderDeadline(Duration limit, Handler next) {
        super(next);
        this.limitNanos = limit.toNanos();
    }

    @Override
    public void onOpened(Connection connection) {
        states.put(connection, new State());
    }

    @Override
    public void onClosed(Connection connection) {
        states.remove(connection);
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
        Connection connection = request.getConnectionMetaData().getConnection();
        become(connection, true);
        return super.handle(
                request, response, Callback.from(callback, () -> become(connection, false)));
    }

    private void become(Connection connection, boolean busy) {
        State state = states.getOrDefault(connection, new State());
        synchronized (state) {
            state.busy = busy;
            state.arriving = false;
            state.bytesBefore = connection.getBytesIn();
        }
    }

    private void sweep() {
        try {
            while (isRunning() || isStarting()) {
                Thread.sleep(SWEEP_MILLIS);
                long now = System.nanoTime();
                states.forEach((connection, state) -> {
                    if (isLate(connection, state, now)) {
                        connection.getEndPoint().close();
                    }
                });
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean isLate(Connection connection, State state, long now) {
        synchronized (state) {
            if (state.busy || connection.getBytesIn() == state.bytesBefore) {
                return false;
            }
            if (!state.arriving) {
                state.arriving = true;
                state.arrivingSinceNanos = now;
            }
            return now - state.arrivingSinceNanos > limitNanos;
        }
    }

    @Override
    protected void doStart() throws Exception {
        super.doStart();
        sweeper = Thread.ofVirtual().name("header-deadline").start(this::sweep);
    }

    @Override
    protected void doStop() throws Exception {
        sweeper.interrupt();
        super.doStop();
    }
}
