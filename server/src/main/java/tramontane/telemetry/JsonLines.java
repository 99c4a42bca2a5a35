package tramontane.telemetry;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Locale;
import java.util.logging.Formatter;
import java.util.logging.LogRecord;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.JsonBody;

/**
 * Formats each log record as a line of JSON: time, level, logger, message, then the fields of the
 * {@link AccessLog} or the exception.
 */
public final class JsonLines extends Formatter {
    @Override
    public String format(LogRecord record) {
        ObjectNode line = JsonNodeFactory.instance.objectNode();
        line.put("time", record.getInstant().toString())
                .put("level", level(record))
                .put("logger", String.valueOf(record.getLoggerName()))
                .put("message", formatMessage(record));
        Object[] parameters = record.getParameters();
        if (parameters != null
                && parameters.length == 1
                && parameters[0] instanceof ObjectNode fields) {
            line.setAll(fields);
        }
        if (record.getThrown() != null) {
            StringWriter trace = new StringWriter();
            record.getThrown().printStackTrace(new PrintWriter(trace));
            line.put("exception", trace.toString());
        }
        return new String(JsonBody.write(line), java.nio.charset.StandardCharsets.UTF_8) + "\n";
    }

    private static String level(LogRecord record) {
        return switch (record.getLevel().getName()) {
            case "SEVERE" -> "error";
            case "WARNING" -> "warning";
            case "INFO" -> "info";
            case String other -> other.toLowerCase(Locale.ROOT);
        };
    }
}
