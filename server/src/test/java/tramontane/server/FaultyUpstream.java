package tramontane.server;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * An upstream that does to each request what a test says: the first behaviour that was added is for
 * the first request, and the last one stays. It says that it is well and serves the model "tiny".
 */
final class FaultyUpstream implements AutoCloseable {
    static final String MODELS =
            "{\"object\":\"list\",\"data\":[{\"id\":\"tiny\",\"max_model_len\":2048,\"max_context_length\":2048,\"created\":7,"
                    + "\"capabilities\":{\"completion_chat\":true}}]}";

    /** Answers one request; the connection is closed afterwards. */
    @FunctionalInterface
    interface Behaviour {
        void answer(Connection connection) throws IOException, InterruptedException;
    }

    /** A connection with a request that was read. */
    static final class Connection {
        private final Socket socket;
        private final OutputStream out;

        private Connection(Socket socket) throws IOException {
            this.socket = socket;
            this.out = socket.getOutputStream();
        }

        void write(byte[] bytes) throws IOException {
            out.write(bytes);
            out.flush();
        }

        void write(String text) throws IOException {
            write(text.getBytes(StandardCharsets.UTF_8));
        }

        void status(String line, String body, String... headers) throws IOException {
            StringBuilder head = new StringBuilder("HTTP/1.1 " + line + "\r\n");
            for (String header : headers) {
                head.append(header).append("\r\n");
            }
            byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
            write(head + "content-length: " + bytes.length + "\r\nconnection: close\r\n\r\n");
            write(bytes);
        }

        /** The header of a stream that ends with the connection. */
        void stream() throws IOException {
            write(
                    "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n");
        }

        void data(String json) throws IOException {
            write("data: " + json.replace('\'', '"') + "\n\n");
        }

        void text(String text) throws IOException {
            data(
                    "{'choices':[{'index':0,'delta':{'content':'"
                            + text
                            + "'},'finish_reason':null}]}");
        }

        void end(String reason) throws IOException {
            data("{'choices':[{'index':0,'delta':{},'finish_reason':'" + reason + "'}]}");
            data(
                    "{'choices':[],'usage':{'prompt_tokens':5,'completion_tokens':3,'total_tokens':8,"
                            + "'prompt_tokens_details':{'cached_tokens':2}}}");
            data("[DONE]");
        }

        void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        /** Blocks until the other side has closed the connection. */
        void awaitClosed() throws IOException {
            try {
                while (socket.getInputStream().read() >= 0) {}
            } catch (SocketException e) {
                // It was closed with data on the way.
            }
        }
    }

    private final ServerSocket listener;
    private final BlockingQueue<Behaviour> behaviours = new LinkedBlockingQueue<>();
    private final List<Socket> sockets = new CopyOnWriteArrayList<>();

    /** The status of the list of models. */
    volatile String modelsStatus = "200 OK";

    /** Header and body of each request for an answer. */
    final List<String> requests = new CopyOnWriteArrayList<>();

    FaultyUpstream(Behaviour... each) {
        behaviours.addAll(List.of(each));
        try {
            listener = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    static Behaviour answering(String... texts) {
        return connection -> {
            connection.stream();
            for (String text : texts) {
                connection.text(text);
            }
            connection.end("stop");
        };
    }

    /** The next requests are answered so. */
    void then(Behaviour next) {
        behaviours.clear();
        behaviours.add(next);
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
        try (socket) {
            String request = RawRequest.read(socket.getInputStream()).text();
            Connection connection = new Connection(socket);
            if (request.startsWith("GET /v1/models")) {
                connection.status(modelsStatus, MODELS);
            } else if (request.startsWith("GET /props")) {
                connection.status("200 OK", "{\"default_generation_settings\":{\"n_ctx\":2048}}");
            } else if (request.startsWith("GET")) {
                connection.status("200 OK", "");
            } else {
                requests.add(request);
                Behaviour next = behaviours.size() > 1 ? behaviours.remove() : behaviours.element();
                next.answer(connection);
            }
        } catch (IOException e) {
            // The gateway has closed the connection, which tests wait for elsewhere.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
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
