package tramontane.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * Draws a run as SVG: for each model one row of pairs of bars, ours beside the other's, each pair
 * scaled to its taller bar, with the tokens a second above and the ratio below.
 */
final class Plot {
    private static final List<String> LOADS =
            List.of(
                    "prefill 512",
                    "prefill 4096",
                    "decode, depth 0",
                    "decode, depth 4096",
                    "decode, depth 8064",
                    "8 streams",
                    "32 streams");
    private static final int LEFT = 20;
    private static final int TOP = 64;
    private static final int COLUMN = 118;
    private static final int ROW = 190;
    private static final int BAR = 36;
    private static final int TALLEST = 100;
    private static final List<String> COLOURS = List.of("#d9480f", "#868e96");

    private final StringBuilder svg = new StringBuilder();

    private Plot() {}

    static String of(JsonNode run) {
        Plot plot = new Plot();
        int models = run.path("models").size();
        int width = LEFT * 2 + COLUMN * LOADS.size();
        plot.add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"12\" text-anchor=\"middle\">",
                width, TOP + models * ROW);
        plot.add("<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>");
        plot.heading(run);
        for (int i = 0; i < models; i++) {
            plot.model(run.path("models").path(i), TOP + i * ROW);
        }
        plot.add("</svg>");
        return plot.svg.toString();
    }

    private void heading(JsonNode run) {
        add(
                "<text x=\"%d\" y=\"22\" text-anchor=\"start\">Tokens a second, %s, %d threads, %s kernels, %s, commit %s;"
                        + " medians of %d interleaved rounds</text>",
                LEFT,
                escaped(run.path("machine").path("cpu").asString()),
                run.path("threads").asInt(),
                escaped(run.path("kernels").asString()),
                escaped(run.path("date").asString()),
                escaped(run.path("commit").asString()),
                run.path("rounds").asInt());
        List<String> names = List.of("Tramontane", "llama.cpp");
        for (int i = 0; i < names.size(); i++) {
            int x = LEFT + 110 * i;
            add(
                    "<rect x=\"%d\" y=\"34\" width=\"12\" height=\"12\" fill=\"%s\"/>",
                    x, COLOURS.get(i));
            add("<text x=\"%d\" y=\"45\" text-anchor=\"start\">%s</text>", x + 18, names.get(i));
        }
    }

    private void model(JsonNode model, int top) {
        String name = model.path("file").asString().replace(".gguf", "");
        add(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"start\" font-weight=\"bold\">%s</text>",
                LEFT, top + 12, escaped(name));
        int column = 0;
        for (String load : LOADS) {
            for (JsonNode row : model.path("rows")) {
                if (row.path("load").asString().equals(load)) {
                    pair(row, LEFT + COLUMN * column, top + 36 + TALLEST);
                    column++;
                }
            }
        }
    }

    private void pair(JsonNode row, int left, int base) {
        List<Double> speeds = new ArrayList<>();
        row.path("contestants").forEach(one -> speeds.add(one.path("tokensPerSecond").asDouble()));
        double fastest = speeds.stream().max(Double::compare).orElse(1.0);
        for (int i = 0; i < Math.min(2, speeds.size()); i++) {
            int height = (int) Math.round(TALLEST * speeds.get(i) / fastest);
            int x = left + 14 + i * (BAR + 4);
            add(
                    "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>",
                    x, base - height, BAR, height, COLOURS.get(i));
            add(
                    "<text x=\"%d\" y=\"%d\" font-size=\"11\">%s</text>",
                    x + BAR / 2, base - height - 4, number(speeds.get(i)));
        }
        int middle = left + 14 + BAR + 2;
        add(
                "<text x=\"%d\" y=\"%d\">%s</text>",
                middle, base + 16, escaped(row.path("load").asString()));
        if (row.has("ratio")) {
            String ratio = number(row.path("ratio").asDouble());
            add(
                    "<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s x</text>",
                    middle, base + 32, ratio);
        }
    }

    private static String number(double value) {
        return String.format(
                Locale.ROOT, value < 10 ? "%.2f" : value < 100 ? "%.1f" : "%.0f", value);
    }

    private void add(String line, Object... values) {
        svg.append(String.format(Locale.ROOT, line, values)).append('\n');
    }

    private static String escaped(String text) {
        return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;");
    }
}
