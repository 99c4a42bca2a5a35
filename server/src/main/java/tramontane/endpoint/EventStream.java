package tramontane.endpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.JsonBody;

/**
 * A stream of server-sent events. The headers leave with the first block, so until then an error
 * can be one.
 */
final class EventStream {
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.UTF_8);
    private static final byte[] END = "\n\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.UTF_8);
    private static final byte[] PING = ": ping\n\n".getBytes(StandardCharsets.UTF_8);

    private final Exchange exchange;
    private final Surroundings surroundings;
    private final long pingEveryNanos;
    private final Optional<SentAnswer> copy;
    private long writtenNanos;

    /**
     * @param copy is told of every chunk
     */
    EventStream(
            Exchange exchange,
            Surroundings surroundings,
            Limits limits,
            Optional<SentAnswer> copy) {
        this.exchange = exchange;
        this.copy = copy;
        this.surroundings = surroundings;
        this.pingEveryNanos = limits.pingEvery().toNanos();
        this.writtenNanos = surroundings.nanos().getAsLong();
        exchange.header("content-type", "text/event-stream");
        exchange.header("cache-control", "no-cache");
        // Some proxies gather small writes unless told not to.
        exchange.header("x-accel-buffering", "no");
    }

    /** Whether it is too late for an error with a status of its own. */
    boolean hasBegun() {
        return exchange.isCommitted();
    }

    void send(ObjectNode chunk) throws IOException {
        copy.ifPresent(each -> each.add(chunk));
        block("", chunk);
    }

    /** Sends the headers before there is anything to say. */
    void open() throws IOException {
        write(false, PING);
    }

    /** Sends an event with a name of its own, which no completion has. */
    void send(String event, ObjectNode data) throws IOException {
        block("event: " + event + "\n", data);
    }

    /** Sends a comment, which every client passes over: one line of JSON behind a word. */
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

    /** Writes a comment where the silence has lasted long enough for a proxy to grow suspicious. */
    void keepAlive() throws IOException {
        if (surroundings.nanos().getAsLong() - writtenNanos >= pingEveryNanos) {
            write(false, PING);
        }
    }

    void done() throws IOException {
        write(true, DONE);
    }

    /** Ends without the mark of a whole answer. */
    void breakOff() throws IOException {
        write(true, new byte[0]);
    }

    private void write(boolean last, byte[] bytes) throws IOException {
        if (!exchange.isCommitted()) {
            exchange.sendInChunks();
        }
        exchange.write(last, bytes);
        writtenNanos = surroundings.nanos().getAsLong();
    }
}
