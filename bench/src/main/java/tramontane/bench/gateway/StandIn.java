package tramontane.bench.gateway;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A server with vLLM's wire format that streams {@code max_tokens} events. The first comes at once,
 * the others at the pace that the stand-in was given; each has the {@link System#nanoTime} of its
 * sending as its text.
 */
public final class StandIn implements AutoCloseable {
    static final String MODEL = "stand-in";

    private static final Pattern MAX_TOKENS = Pattern.compile("\"max_tokens\"\\s*:\\s*(\\d+)");
    private static final Pattern LENGTH = Pattern.compile("(?i)\\r\\ncontent-length: *(\\d+)");
    private static final int BACKLOG = 1024;

    private final ServerSocket listener;
    private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
    private volatile Duration pace = Duration.ZERO;

    /**
     * @param port 0 for any free one
     */
    public StandIn(int port) {
        try {
            listener = new ServerSocket(port, BACKLOG, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().name("stand-in").start(this::accept);
    }

    public URI uri() {
        return URI.create("http://127.0.0.1:" + listener.getLocalPort());
    }

    /** The time between two events from now on. */
    void pace(Duration between) {
        pace = between;
    }

    private void accept() {
        try {
            while (true) {
                Socket socket = listener.accept();
                sockets.add(socket);
                Thread.ofVirtual().name("stand-in").start(() -> serve(socket));
            }
        } catch (IOException e) {
            // The stand-in was closed.
        }
    }

    private void serve(Socket socket) {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            for (String head = head(in); !head.isEmpty(); head = head(in)) {
                Matcher length = LENGTH.matcher(head);
                int bytes = length.find() ? Integer.parseInt(length.group(1)) : 0;
                String body = new String(in.readNBytes(bytes), StandardCharsets.UTF_8);
                if (head.startsWith("GET")) {
                    out.write(models());
                } else {
                    answer(out, body);
                }
            }
        } catch (IOException e) {
            // The other side has left.
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            sockets.remove(socket);
        }
    }

    /** The header of a request; empty at the end of the connection. */
    private static String head(InputStream in) throws IOException {
        StringBuilder head = new StringBuilder();
        int line = 0;
        for (int next = in.read(); next >= 0; next = in.read()) {
            head.append((char) next);
            line = next == '\n' ? 0 : next == '\r' ? line : line + 1;
            if (next == '\n' && line == 0 && head.toString().endsWith("\r\n\r\n")) {
                return head.toString();
            }
        }
        return "";
    }

    private static byte[] models() {
        String body =
                "{\"object\":\"list\",\"data\":[{\"id\":\""
                        + MODEL
                        + "\",\"max_model_len\":32768}]}";
        return ("HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: "
                        + body.length()
                        + "\r\n\r\n"
                        + body)
                .getBytes(StandardCharsets.US_ASCII);
    }

    private void answer(OutputStream out, String body) throws IOException, InterruptedException {
        Matcher asked = MAX_TOKENS.matcher(body);
        int events = asked.find() ? Integer.parseInt(asked.group(1)) : 1;
        out.write(
                "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
                        .getBytes(StandardCharsets.US_ASCII));
        long begun = System.nanoTime();
        for (int i = 0; i < events; i++) {
            long wait = begun + i * pace.toNanos() - System.nanoTime();
            if (wait > 0) {
                Thread.sleep(Duration.ofNanos(wait));
            }
            out.write(chunk(event("{\"content\":\"" + System.nanoTime() + " \"}", "null")));
        }
        out.write(chunk(event("{}", "\"length\"") + event(events) + "data: [DONE]\n\n"));
        out.write("0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    }

    private static String event(String delta, String reason) {
        return "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\""
                + MODEL
                + "\",\"choices\":[{\"index\":0,\"delta\":"
                + delta
                + ",\"logprobs\":null,\"finish_reason\":"
                + reason
                + "}]}\n\n";
    }

    private static String event(int tokens) {
        return "data: {\"id\":\"chatcmpl-1\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\""
                + MODEL
                + "\",\"choices\":[],\"usage\":{\"prompt_tokens\":100,\"completion_tokens\":"
                + tokens
                + ",\"total_tokens\":"
                + (100 + tokens)
                + "}}\n\n";
    }

    private static byte[] chunk(String text) {
        String framed =
                Integer.toHexString(text.length()).toLowerCase(Locale.ROOT)
                        + "\r\n"
                        + text
                        + "\r\n";
        return framed.getBytes(StandardCharsets.US_ASCII);
    }

    @Override
    public void close() {
        try {
            listener.close();
            for (Socket socket : sockets) {
                socket.close();
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
