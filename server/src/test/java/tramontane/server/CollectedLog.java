package tramontane.server;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.telemetry.JsonLines;

/** Keeps log lines for a test, formatted as JSON. */
final class CollectedLog extends Handler {
    private final List<String> lines = new CopyOnWriteArrayList<>();
    private final JsonLines format = new JsonLines();

    /** Called before each line is kept. */
    volatile Runnable before = () -> {};

    @Override
    public void publish(LogRecord record) {
        before.run();
        lines.add(format.format(record));
    }

    /** The line of a request, which is written just after its answer was sent. */
    JsonNode of(String requestId) throws InterruptedException {
        while (true) {
            for (String line : lines) {
                JsonNode json = JsonMapper.shared().readTree(line);
                if (json.path("request_id").asString("").equals(requestId)) {
                    return json;
                }
            }
            Thread.sleep(5);
        }
    }

    String all() {
        return String.join("", lines);
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
}
