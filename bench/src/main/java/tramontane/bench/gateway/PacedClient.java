package tramontane.bench.gateway;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Streams answers of a {@link StandIn} over one kept connection and times them. For one thread. */
final class PacedClient implements AutoCloseable {
    private static final String CONTENT = "\"content\":\"";

    /** About as much text as a question with a system prompt. */
    private static final String QUESTION = "Write a story about the wind. ".repeat(30);

    /**
     * The times of one answer, in nanoseconds.
     *
     * @param first from the request to its first event
     * @param whole from the request to its end
     * @param ways of the events, from the stand-in to here
     */
    record Times(long first, long whole, List<Double> ways) {}

    private final URI url;
    private final byte[] request;
    private final int events;
    private final Socket socket;
    private final InputStream in;

    /**
     * @param events of each answer
     */
    PacedClient(Target target, int events) throws IOException {
        this.url = target.url();
        this.events = events;
        this.request = request(target, events);
        this.socket = new Socket(url.getHost(), url.getPort());
        this.in = new BufferedInputStream(socket.getInputStream());
        socket.setTcpNoDelay(true);
    }

    private static byte[] request(Target target, int events) {
        String body =
                "{\"model\":\""
                        + StandIn.MODEL
                        + "\",\"messages\":[{\"role\":\"user\",\"content\":\""
                        + QUESTION
                        + "\"}],\"max_tokens\":"
                        + events
                        + ",\"stream\":true}";
        String head =
                "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                        + "Authorization: Bearer "
                        + target.key()
                        + "\r\nContent-Length: "
                        + body.length()
                        + "\r\n\r\n";
        return (head + body).getBytes(StandardCharsets.US_ASCII);
    }

    Times ask() throws IOException {
        long begun = System.nanoTime();
        socket.getOutputStream().write(request);
        String status = line();
        if (!status.contains(" 200")) {
            throw new IOException(url + " answered " + status);
        }
        while (!line().isEmpty()) {}
        List<Double> ways = new ArrayList<>(events);
        long first = 0;
        boolean done = false;
        ByteArrayOutputStream event = new ByteArrayOutputStream();
        for (int left = chunkBytes(); left > 0; left = chunkBytes()) {
            for (; left > 0; left--) {
                int next = in.read();
                if (next != '\n') {
                    event.write(next);
                    continue;
                }
                long now = System.nanoTime();
                String text = event.toString(StandardCharsets.UTF_8);
                event.reset();
                done |= text.startsWith("data: [DONE]");
                long sent = sent(text);
                if (sent != 0) {
                    first = first == 0 ? now - begun : first;
                    ways.add((double) (now - sent));
                }
            }
            String unused = line();
        }
        String unused = line();
        if (!done || ways.size() != events) {
            throw new IOException(
                    "%s sent %d events of %d%s"
                            .formatted(url, ways.size(), events, done ? "" : " and no end"));
        }
        return new Times(first, System.nanoTime() - begun, ways);
    }

    /** When the stand-in sent an event; 0 for one without text. */
    private static long sent(String event) {
        int at = event.indexOf(CONTENT);
        if (at < 0) {
            return 0;
        }
        int from = at + CONTENT.length();
        int to = from;
        while (to < event.length() && Character.isDigit(event.charAt(to))) {
            to++;
        }
        return to == from ? 0 : Long.parseLong(event.substring(from, to));
    }

    private int chunkBytes() throws IOException {
        return Integer.parseInt(line().toLowerCase(Locale.ROOT), 16);
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                throw new IOException(url + " ended the connection");
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
