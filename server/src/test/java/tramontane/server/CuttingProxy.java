package tramontane.server;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Stands before a server and breaks responses to POST requests after a number of bytes: in the
 * header, within a character, before the usage, wherever a test says. Other requests pass.
 */
final class CuttingProxy implements AutoCloseable {
    /** How a response breaks. */
    enum How {
        /** The connection ends as if the response were complete. */
        CLOSE,
        /** As when a process is killed. */
        RESET,
        /** As when a process is stopped: nothing more comes. */
        HANG
    }

    /**
     * @param bytes of the response, header included, that still pass
     */
    record Cut(How how, int bytes) {}

    private final ServerSocket listener;
    private final URI behind;
    private final Supplier<Optional<Cut>> cuts;
    private final Predicate<String> mayBreak;
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    /** Responses that were broken. */
    final AtomicInteger broken = new AtomicInteger();

    /** Header and body of the POST requests. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    /**
     * @param cuts asked once for each POST request
     */
    CuttingProxy(URI behind, Supplier<Optional<Cut>> cuts) {
        this(behind, cuts, request -> true);
    }

    /**
     * @param mayBreak whether the response to a request, header and body, may be broken
     */
    CuttingProxy(URI behind, Supplier<Optional<Cut>> cuts, Predicate<String> mayBreak) {
        this.behind = behind;
        this.cuts = cuts;
        this.mayBreak = mayBreak;
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    URI uri() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                sockets.add(socket);
                Thread.ofVirtual().start(() -> serve(socket));
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    private void serve(Socket socket) {
        try (socket;
                Socket server = new Socket(behind.getHost(), behind.getPort())) {
            Optional<String> post = pass(socket.getInputStream(), server.getOutputStream());
            Optional<Cut> cut = post.filter(mayBreak).flatMap(request -> cuts.get());
            // A client that leaves must be seen by the server.
            Thread leaving = Thread.ofVirtual().start(() -> closeWith(socket, server));
            answer(server.getInputStream(), socket, cut);
            if (cut.isPresent() && cut.orElseThrow().how == How.HANG) {
                // The server has answered soon, but nothing may end before the client gives up.
                leaving.join();
            }
        } catch (IOException e) {
            // One side has closed the connection, and the other one sees that.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static void closeWith(Socket client, Socket server) {
        try {
            while (client.getInputStream().read() >= 0) {}
            server.close();
        } catch (IOException e) {
            try {
                server.close();
            } catch (IOException f) {
                throw new UncheckedIOException(f);
            }
        }
    }

    /** Passes a request on, for which the server closes its connection. Returns a POST. */
    private Optional<String> pass(InputStream in, OutputStream out) throws IOException {
        RawRequest request = RawRequest.read(in);
        String head = request.head();
        String alone = head.substring(0, head.length() - 2) + "connection: close\r\n\r\n";
        out.write(alone.getBytes(StandardCharsets.US_ASCII));
        out.write(request.body());
        out.flush();
        if (!head.startsWith("POST")) {
            return Optional.empty();
        }
        requests.add(request.text());
        return Optional.of(request.text());
    }

    private void answer(InputStream from, Socket client, Optional<Cut> cut) throws IOException {
        OutputStream to = client.getOutputStream();
        int left = cut.map(Cut::bytes).orElse(Integer.MAX_VALUE);
        byte[] block = new byte[4096];
        while (left > 0) {
            int read = from.read(block, 0, Math.min(block.length, left));
            if (read < 0) {
                return;
            }
            to.write(block, 0, read);
            to.flush();
            left -= read;
        }
        broken.incrementAndGet();
        switch (cut.orElseThrow().how) {
            case CLOSE -> {}
            case RESET -> client.setSoLinger(true, 0);
            case HANG -> from.skip(Long.MAX_VALUE);
        }
    }

    @Override
    public void close() throws IOException {
        listener.close();
        for (Socket socket : sockets) {
            socket.close();
        }
    }
}
