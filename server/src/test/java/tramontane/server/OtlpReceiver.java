package tramontane.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;
import org.eclipse.jetty.util.Callback;
import org.eclipse.jetty.util.component.LifeCycle;

/** A collector that takes traces by OTLP over HTTP, and reads protobuf with code of its own. */
final class OtlpReceiver implements AutoCloseable {
    /** Which trace a span belongs to, and where. */
    record Ids(String traceId, String id, String parentId) {}

    /**
     * A received span.
     *
     * @param attributes values as text
     */
    record Span(
            Ids ids,
            String name,
            long kind,
            long startNanos,
            long endNanos,
            Map<String, String> attributes) {
        String traceId() {
            return ids.traceId;
        }

        String id() {
            return ids.id;
        }

        String parentId() {
            return ids.parentId;
        }
    }

    final List<Span> spans = new CopyOnWriteArrayList<>();
    final Map<String, String> resource = new TreeMap<>();
    private final Server server = new Server();
    private final ServerConnector connector = new ServerConnector(server);
    private final CountDownLatch released;

    private OtlpReceiver(CountDownLatch released) throws IOException {
        this.released = released;
        connector.setHost(InetAddress.getLoopbackAddress().getHostAddress());
        server.addConnector(connector);
        server.setHandler(
                new Handler.Abstract() {
                    @Override
                    public boolean handle(Request request, Response response, Callback callback)
                            throws Exception {
                        released.await();
                        if (request.getHttpURI().getPath().equals("/v1/traces")) {
                            try (InputStream body = Content.Source.asInputStream(request)) {
                                export(body.readAllBytes());
                            }
                            response.setStatus(200);
                        } else {
                            response.setStatus(404);
                        }
                        callback.succeeded();
                        return true;
                    }
                });
        LifeCycle.start(server);
    }

    static OtlpReceiver start() throws IOException {
        return new OtlpReceiver(new CountDownLatch(0));
    }

    /** A collector that accepts connections and answers nothing until it is released. */
    static OtlpReceiver hanging() throws IOException {
        return new OtlpReceiver(new CountDownLatch(1));
    }

    void release() {
        released.countDown();
    }

    String endpoint() {
        return "http://127.0.0.1:" + connector.getLocalPort();
    }

    List<Span> await(int count) throws InterruptedException {
        while (spans.size() < count) {
            Thread.sleep(10);
        }
        return spans;
    }

    @Override
    public void close() {
        release();
        LifeCycle.stop(server);
    }

    /** The fields of a protobuf message by number: numbers as Long, all else as ByteBuffer. */
    private static Map<Integer, List<Object>> fields(ByteBuffer message) {
        Map<Integer, List<Object>> fields = new TreeMap<>();
        ByteBuffer in = message.duplicate().order(ByteOrder.LITTLE_ENDIAN);
        while (in.hasRemaining()) {
            long tag = varint(in);
            Object value =
                    switch ((int) (tag & 7)) {
                        case 0 -> varint(in);
                        case 1 -> in.getLong();
                        case 5 -> (long) in.getInt();
                        case 2 -> {
                            int length = (int) varint(in);
                            ByteBuffer part = in.slice(in.position(), length);
                            in.position(in.position() + length);
                            yield part;
                        }
                        default -> throw new AssertionError("wire type " + (tag & 7));
                    };
            fields.computeIfAbsent((int) (tag >>> 3), _ -> new ArrayList<>()).add(value);
        }
        return fields;
    }

    private static long varint(ByteBuffer in) {
        long value = 0;
        for (int shift = 0; ; shift += 7) {
            byte next = in.get();
            value |= (next & 0x7fL) << shift;
            if (next >= 0) {
                return value;
            }
        }
    }

    private static List<ByteBuffer> messages(Map<Integer, List<Object>> of, int number) {
        return of.getOrDefault(number, List.of()).stream().map(ByteBuffer.class::cast).toList();
    }

    private static byte[] bytes(Map<Integer, List<Object>> of, int number) {
        return messages(of, number).stream()
                .findFirst()
                .map(buffer -> {
                    byte[] copy = new byte[buffer.remaining()];
                    buffer.duplicate().get(copy);
                    return copy;
                })
                .orElse(new byte[0]);
    }

    private static String text(Map<Integer, List<Object>> of, int number) {
        return new String(bytes(of, number), StandardCharsets.UTF_8);
    }

    private static long number(Map<Integer, List<Object>> of, int number) {
        return of.getOrDefault(number, List.of(0L)).stream()
                .map(Long.class::cast)
                .findFirst()
                .orElse(0L);
    }

    private void export(byte[] body) {
        for (ByteBuffer resourceSpans : messages(fields(ByteBuffer.wrap(body)), 1)) {
            Map<Integer, List<Object>> parts = fields(resourceSpans);
            messages(parts, 1).forEach(each -> resource.putAll(attributes(fields(each), 1)));
            for (ByteBuffer scope : messages(parts, 2)) {
                messages(fields(scope), 2).forEach(span -> spans.add(span(fields(span))));
            }
        }
    }

    private static Span span(Map<Integer, List<Object>> span) {
        HexFormat hex = HexFormat.of();
        return new Span(
                new Ids(
                        hex.formatHex(bytes(span, 1)),
                        hex.formatHex(bytes(span, 2)),
                        hex.formatHex(bytes(span, 4))),
                text(span, 5),
                number(span, 6),
                number(span, 7),
                number(span, 8),
                attributes(span, 9));
    }

    private static Map<String, String> attributes(Map<Integer, List<Object>> of, int number) {
        Map<String, String> attributes = new TreeMap<>();
        for (ByteBuffer pair : messages(of, number)) {
            Map<Integer, List<Object>> entry = fields(pair);
            attributes.put(text(entry, 1), value(fields(messages(entry, 2).getFirst())));
        }
        return attributes;
    }

    private static String value(Map<Integer, List<Object>> any) {
        if (any.containsKey(1)) {
            return text(any, 1);
        }
        if (any.containsKey(2)) {
            return "" + (number(any, 2) != 0);
        }
        if (any.containsKey(3)) {
            return "" + number(any, 3);
        }
        return messages(fields(messages(any, 5).getFirst()), 1).stream()
                .map(each -> value(fields(each)))
                .toList()
                .toString();
    }
}
