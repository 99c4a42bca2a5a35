package tramontane.endpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
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
    private long writtenNanos;

    EventStream(Exchange exchange, Surroundings surroundings, Limits limits) {
        this.exchange = exchange;
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
        ByteArrayOutputStream block = new ByteArrayOutputStream(256);
        block.writeBytes(DATA);
        block.writeBytes(JsonBody.write(chunk));
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
