package tramontane.endpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.JsonBody;
import tramontane.completion.Environment;

/**
 * A stream of server-sent events. The headers are sent with the first event, so an error before it
 * can have its own status.
 */
final class EventStream {
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.UTF_8);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] PING = ": ping\n\n".getBytes(StandardCharsets.UTF_8);

    private final Exchange exchange;
    private final Environment environment;
    private final long pingEveryNanos;
    private long writtenNanos;

    EventStream(Exchange exchange, Environment environment, Limits limits) {
        this.exchange = exchange;
        this.environment = environment;
        this.pingEveryNanos = limits.pingEvery().toNanos();
        this.writtenNanos = environment.nanos().getAsLong();
        exchange.header("content-type", "text/event-stream");
        exchange.header("cache-control", "no-cache");
        // Some proxies buffer small writes unless this header is set.
        exchange.header("x-accel-buffering", "no");
    }

    /** True once the headers are sent, after which an error cannot have its own status. */
    boolean hasBegun() {
        return exchange.isCommitted();
    }

    void send(ObjectNode chunk) throws IOException {
        block("", chunk);
    }

    /** Sends the headers before the first event. */
    void open() throws IOException {
        write(false, PING);
    }

    /** Sends a named event; completions have none. */
    void send(String event, ObjectNode data) throws IOException {
        block("event: " + event + "\n", data);
    }

    /** Sends a comment, which clients ignore: a word followed by one line of JSON. */
    void comment(String word, ObjectNode json) throws IOException {
        ByteArrayOutputStream block = new ByteArrayOutputStream(256);
        block.writeBytes((": " + word + " ").getBytes(StandardCharsets.UTF_8));
        block.writeBytes(JsonBody.write(json));
        block.writeBytes(END);
        write(false, block.toByteArray());
    }

    private void block(String head, ObjectNode data) throws IOException {
        ByteArrayOutputStream block = new ByteArrayOutputStream(256);
        block.writeBytes(head.getBytes(StandardCharsets.UTF_8));
        block.writeBytes(DATA);
        block.writeBytes(JsonBody.write(data));
        block.writeBytes(END);
        write(false, block.toByteArray());
    }

    /** Sends a comment after a long silence, so that proxies keep the connection open. */
    void keepAlive() throws IOException {
        if (environment.nanos().getAsLong() - writtenNanos >= pingEveryNanos) {
            write(false, PING);
        }
    }

    void done() throws IOException {
        write(true, DONE);
    }

    /** Ends the stream without {@code [DONE]}. */
    void breakOff() throws IOException {
        write(true, new byte[0]);
    }

    private void write(boolean last, byte[] bytes) throws IOException {
        if (!exchange.isCommitted()) {
            exchange.sendInChunks();
        }
        exchange.write(last, bytes);
        writtenNanos = environment.nanos().getAsLong();
    }
}
