package tramontane.bench.quality;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * Results as Markdown: one line for each model, temperature and engine, one column for each mode.
 */
public final class QualityTable {
    private QualityTable() {}

    /** The table of several result files, in their order. */
    public static String of(List<JsonNode> results) {
        StringBuilder table = new StringBuilder("| model, temperature | engine |");
        for (Mode mode : Mode.values()) {
            table.append(' ').append(mode.label()).append(" |");
        }
        table.append("\n|---|---|").append("---|".repeat(Mode.values().length)).append('\n');
        List<JsonNode> runs = new ArrayList<>();
        results.forEach(result -> result.path("runs").forEach(runs::add));
        List<String> settings = runs.stream().map(QualityTable::setting).distinct().toList();
        for (String setting : settings) {
            for (JsonNode run : runs) {
                if (setting(run).equals(setting)) {
                    table.append("| ").append(setting).append(" | ");
                    table.append(run.path("engine").asString()).append(" |");
                    for (Mode mode : Mode.values()) {
                        table.append(' ').append(cell(run.path("modes").path(mode.label())));
                        table.append(" |");
                    }
                    table.append('\n');
                }
            }
        }
        return table.toString();
    }

    private static String setting(JsonNode run) {
        double temperature = run.path("temperature").asDouble();
        return run.path("model").asString() + ", " + (temperature == 0 ? "greedy" : temperature);
    }

    /** "240/300, +12 −9 (p 0.66), fields 95.1 %, 0.02 nats" */
    private static String cell(JsonNode mode) {
        if (mode.isMissingNode()) {
            return "";
        }
        List<String> parts = new ArrayList<>();
        parts.add("**" + mode.path("right").asInt() + "**/" + mode.path("of").asInt());
        JsonNode pairs = mode.path("versusText");
        if (!pairs.isMissingNode()) {
            parts.add(
                    String.format(
                            Locale.ROOT,
                            "+%d −%d (p %.2g)",
                            pairs.path("won").asInt(),
                            pairs.path("lost").asInt(),
                            pairs.path("p").asDouble()));
        }
        double fields = 100.0 * mode.path("rightFields").asInt() / mode.path("fields").asInt(1);
        parts.add(String.format(Locale.ROOT, "fields %.1f %%", fields));
        if (mode.has("natsPerToken")) {
            double nats = mode.path("natsPerToken").asDouble();
            parts.add(String.format(Locale.ROOT, "%.3f nats", nats));
        }
        return String.join(", ", parts);
    }
}
