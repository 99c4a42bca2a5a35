package tramontane.bench;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** A run as the table that README and docs show: one line per load, one column per model. */
final class MarkdownTable {
    private MarkdownTable() {}

    static String of(JsonNode run) {
        String others = PeerNames.of(run);
        StringBuilder table = new StringBuilder("| tokens/s");
        table.append(others.isEmpty() ? " |" : " (ratio to " + others + ") |");
        Set<String> loads = new LinkedHashSet<>();
        for (JsonNode model : run.path("models")) {
            table.append(' ')
                    .append(model.path("file").asString().replace(".gguf", ""))
                    .append(" |");
            model.path("rows").forEach(row -> loads.add(row.path("load").asString()));
        }
        table.append("\n|---|").append("---|".repeat(run.path("models").size())).append('\n');
        for (String load : loads) {
            List<String> cells = new ArrayList<>();
            run.path("models").forEach(model -> cells.add(cell(model, load)));
            line(table, load, cells);
        }
        List<String> memory = new ArrayList<>();
        List<String> prediction = new ArrayList<>();
        for (JsonNode model : run.path("models")) {
            JsonNode own = model.path("memory").path("tramontane");
            memory.add(
                    own.isMissingNode()
                            ? ""
                            : number(own.path("residentBytes").asDouble() / (1 << 20))
                                    + ratio(model.path("memory"), "ratio"));
            JsonNode edit = model.path("prediction");
            prediction.add(
                    edit.isMissingNode()
                            ? ""
                            : number(edit.path("tokensPerSecond").asDouble())
                                    + ", "
                                    + number(edit.path("toPlainDecoding").asDouble())
                                    + " times plain decoding");
        }
        line(table, "memory, MiB", memory);
        line(table, "prediction, 90 % kept", prediction);
        line(table, "schema, text of the model's own", schemas(run, "freeText"));
        line(table, "schema, records with fixed keys", schemas(run, "records"));
        return table.toString();
    }

    private static List<String> schemas(JsonNode run, String kind) {
        List<String> cells = new ArrayList<>();
        for (JsonNode model : run.path("models")) {
            JsonNode schema = model.path("schema").path(kind);
            cells.add(
                    schema.isMissingNode()
                            ? ""
                            : number(schema.path("tokensPerSecond").asDouble())
                                    + ", "
                                    + number(schema.path("toFree").asDouble())
                                    + " times without");
        }
        return cells;
    }

    private static void line(StringBuilder table, String name, List<String> cells) {
        if (cells.stream().anyMatch(cell -> !cell.isEmpty())) {
            table.append("| ").append(name).append(" | ");
            table.append(String.join(" | ", cells)).append(" |\n");
        }
    }

    private static String cell(JsonNode model, String load) {
        for (JsonNode row : model.path("rows")) {
            if (row.path("load").asString().equals(load)) {
                JsonNode own = row.path("contestants").path(0);
                String read =
                        own.has("percentOfRead") && row.path("kind").asString().equals("decode")
                                ? ", "
                                        + number(own.path("gbPerSecond").asDouble())
                                        + " GB/s = "
                                        + Math.round(own.path("percentOfRead").asDouble())
                                        + " %"
                                : "";
                return number(own.path("tokensPerSecond").asDouble()) + ratio(row, "ratio") + read;
            }
        }
        return "";
    }

    private static String ratio(JsonNode json, String name) {
        return json.has(name) ? " (**%s**)".formatted(number(json.path(name).asDouble())) : "";
    }

    private static String number(double value) {
        return String.format(
                Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
    }
}
