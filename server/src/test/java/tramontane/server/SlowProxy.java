package tramontane.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** Forwards connections to a port of this machine; what comes back is late. */
final class SlowProxy implements AutoCloseable {
    private final ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();
    private final int target;
    private final Duration delay;

    SlowProxy(int target, Duration delay) throws IOException {
        this.target = target;
        this.delay = delay;
        Thread.startVirtualThread(this::accept);
    }

    int port() {
        return server.getLocalPort();
    }

    private void accept() {
        try {
            while (true) {
                Socket near = server.accept();
                Socket far = new Socket(InetAddress.getLoopbackAddress(), target);
                sockets.add(near);
                sockets.add(far);
                Thread.startVirtualThread(() -> copy(near, far, Duration.ZERO));
                Thread.startVirtualThread(() -> copy(far, near, delay));
            }
        } catch (IOException closed) {
            // The test is over.
            return;
        }
    }

    private static void copy(Socket from, Socket to, Duration delay) {
        byte[] bytes = new byte[1 << 16];
        try (from;
                to) {
            InputStream in = from.getInputStream();
            OutputStream out = to.getOutputStream();
            for (int read = in.read(bytes); read >= 0; read = in.read(bytes)) {
                Thread.sleep(delay);
                out.write(bytes, 0, read);
            }
        } catch (IOException closed) {
            // One side has closed its socket, so both are closed.
            return;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() throws IOException {
        server.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
