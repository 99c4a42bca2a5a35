package tramontane.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Log lines, and a reader of the log that does not read. */
class BackgroundLogTest {
    private static final int LINES = 20_000;

    /** Takes bytes when it is told to. */
    private static final class Pipe extends OutputStream {
        final CountDownLatch open = new CountDownLatch(1);
        final ByteArrayOutputStream read = new ByteArrayOutputStream();

        @Override
        public void write(int each) {
            write(new byte[] {(byte) each}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int from, int length) {
            try {
                open.await();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
            synchronized (this) {
                read.write(bytes, from, length);
            }
        }

        synchronized List<String> lines() {
            return read.toString(StandardCharsets.UTF_8).lines().toList();
        }
    }

    private static LogRecord record(String message) {
        LogRecord record = new LogRecord(Level.INFO, message);
        record.setLoggerName("test");
        return record;
    }

    @Test
    void aReaderWhoDoesNotReadStopsNobodyAndLosesLinesWithANote() throws InterruptedException {
        Pipe pipe = new Pipe();
        BackgroundLog log = new BackgroundLog(new PrintStream(pipe, true), new JsonLines());
        for (int i = 0; i < LINES; i++) {
            log.publish(record("line " + i));
        }
        pipe.open.countDown();
        List<String> lines = pipe.lines();
        while (lines.size() < LINES && lines.stream().noneMatch(line -> line.contains("dropped"))) {
            Thread.sleep(5);
            lines = pipe.lines();
        }
        log.flush();
        lines = pipe.lines();

        long written = lines.stream().filter(line -> line.contains("\"line ")).count();
        String note =
                lines.stream().filter(line -> line.contains("dropped")).findFirst().orElse("");
        assertThat(written).isBetween(8000L, 8200L);
        assertThat(note).contains((LINES - written) + " log lines were dropped");
    }

    @Test
    void aRecordIsOneLineOfJsonWhateverItSays() {
        LogRecord record = record("two\nlines \"quoted\" {0}");
        record.setLevel(Level.SEVERE);
        record.setThrown(new IllegalStateException("broken\nhere"));

        String line = new JsonLines().format(record);

        assertThat(line).endsWith("\n").containsOnlyOnce("\n");
        JsonNode json = JsonMapper.shared().readTree(line);
        assertThat(json.get("level").stringValue()).isEqualTo("error");
        assertThat(json.get("logger").stringValue()).isEqualTo("test");
        assertThat(json.get("message").stringValue()).isEqualTo("two\nlines \"quoted\" {0}");
        assertThat(json.get("exception").stringValue())
                .startsWith("java.lang.IllegalStateException: broken\nhere");
        assertThat(json.get("time").stringValue()).isEqualTo(record.getInstant().toString());
    }
}
