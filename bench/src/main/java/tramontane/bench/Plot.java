package tramontane.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/**
 * Draws a run as SVG. Tokens a second of different loads lie far apart, so bars are multiples of
 * the other contestant's speed, all on one scale:
 *
 * <pre>
 * model
 *      prefill 512  |=====|=================---          605 / 128
 *   decode, depth 0 |=====|====--                       59.8 / 28.0
 *                   0     1     2     3     4 x
 * </pre>
 *
 * The thin line spans the rounds, the bar ends at their median. Without another contestant there
 * are no bars, only speeds.
 */
final class Plot {
    private static final int WIDTH = 760;
    private static final int MARGIN = 20;
    private static final int AXIS_START = 180;
    private static final int AXIS_END = 610;
    private static final int HEADING = 100;
    private static final int MODEL = 34;
    private static final int ROW = 22;
    private static final int BAR = 12;
    private static final int FOOT = 44;

    /** Width that the text of a ratio needs inside its bar. */
    private static final int LABEL = 40;

    private static final String OURS = "#d9480f";
    private static final String FAINT = "#dee2e6";
    private static final String DARK = "#343a40";
    private static final String GREY = "#868e96";

    private final StringBuilder svg = new StringBuilder();
    private final double longest;

    private Plot(double longest) {
        this.longest = longest;
    }

    static String of(JsonNode run) {
        double longest = 2;
        int height = HEADING + FOOT;
        for (JsonNode model : run.path("models")) {
            height += MODEL + ROW * model.path("rows").size();
            for (JsonNode row : model.path("rows")) {
                longest = Math.max(longest, highest(ratios(row)));
            }
        }
        Plot plot = new Plot(Math.ceil(longest));
        plot.add(
                "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" font-family=\"sans-serif\""
                        + " font-size=\"12\" fill=\"%s\">",
                WIDTH, height, DARK);
        plot.rect(0, 0, WIDTH, height, "white");
        plot.heading(run);
        plot.axis(height - FOOT);
        int top = HEADING;
        for (JsonNode model : run.path("models")) {
            top = plot.model(model, top);
        }
        plot.add("</svg>");
        return plot.svg.toString();
    }

    private void heading(JsonNode run) {
        add(
                "<text x=\"%d\" y=\"28\" font-size=\"16\" font-weight=\"bold\">How many times as fast as"
                        + " %s</text>",
                MARGIN, escaped(PeerNames.of(run)));
        add(
                "<text x=\"%d\" y=\"48\">%s, %d threads, %s kernels, commit %s, %s</text>",
                MARGIN,
                escaped(run.path("machine").path("cpu").asString()),
                run.path("threads").asInt(),
                escaped(run.path("kernels").asString()),
                escaped(run.path("commit").asString()),
                escaped(run.path("date").asString()));
        add(
                "<text x=\"%d\" y=\"66\" fill=\"%s\">Bars: median of %d rounds in turn; thin lines: all"
                        + " rounds</text>",
                MARGIN, GREY, run.path("rounds").asInt());
        add(
                "<text x=\"%d\" y=\"92\" text-anchor=\"end\" fill=\"%s\">tokens a second, ours /"
                        + " others</text>",
                WIDTH - MARGIN, GREY);
    }

    private void axis(int bottom) {
        for (int times = 0; times <= longest; times++) {
            String colour = times == 1 ? DARK : FAINT;
            add("<path d=\"M%d %d V%d\" stroke=\"%s\"/>", x(times), HEADING, bottom + 6, colour);
            add(
                    "<text x=\"%d\" y=\"%d\" text-anchor=\"middle\">%d x</text>",
                    x(times), bottom + 22, times);
        }
    }

    private int model(JsonNode model, int top) {
        add(
                "<text x=\"%d\" y=\"%d\" font-weight=\"bold\">%s</text>",
                MARGIN,
                top + MODEL - 12,
                escaped(model.path("file").asString().replace(".gguf", "")));
        int y = top + MODEL;
        for (JsonNode row : model.path("rows")) {
            row(row, y);
            y += ROW;
        }
        return y;
    }

    private void row(JsonNode row, int top) {
        int base = top + ROW / 2 + 4;
        add(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
                AXIS_START - 10, base, escaped(row.path("load").asString()));
        List<String> speeds = new ArrayList<>();
        row.path("contestants")
                .forEach(one -> speeds.add(number(one.path("tokensPerSecond").asDouble())));
        add(
                "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>",
                WIDTH - MARGIN, base, String.join(" / ", speeds));
        List<Double> ratios = ratios(row);
        if (ratios.isEmpty()) {
            return;
        }
        int end = x(row.path("ratio").asDouble());
        int middle = top + ROW / 2;
        rect(AXIS_START, middle - BAR / 2, end - AXIS_START, BAR, OURS);
        add(
                "<path d=\"M%d %d H%d\" stroke=\"%s\" stroke-width=\"2\"/>",
                x(lowest(ratios)), middle, x(highest(ratios)), DARK);
        boolean fits = end - AXIS_START > LABEL;
        add(
                "<text x=\"%d\" y=\"%d\" font-weight=\"bold\" fill=\"%s\">%s</text>",
                fits ? AXIS_START + 6 : x(highest(ratios)) + 6,
                base,
                fits ? "white" : DARK,
                number(row.path("ratio").asDouble()));
    }

    /** The ratios of all rounds; empty without another contestant. */
    private static List<Double> ratios(JsonNode row) {
        List<Double> ratios = new ArrayList<>();
        if (row.has("ratio")) {
            double ratio = row.path("ratio").asDouble();
            ratios.add(ratio);
            JsonNode contestants = row.path("contestants");
            int fastest = contestants.size() - 1;
            while (fastest > 1 && contestants.path(fastest).path("ratio").asDouble() != ratio) {
                fastest--;
            }
            JsonNode ours = contestants.path(0).path("rounds");
            JsonNode theirs = contestants.path(fastest).path("rounds");
            for (int i = 0; i < Math.min(ours.size(), theirs.size()); i++) {
                ratios.add(ours.path(i).asDouble() / theirs.path(i).asDouble());
            }
        }
        return ratios;
    }

    private static double highest(List<Double> values) {
        return values.stream().max(Double::compare).orElse(0.0);
    }

    private static double lowest(List<Double> values) {
        return values.stream().min(Double::compare).orElse(0.0);
    }

    private int x(double times) {
        return (int) Math.round(AXIS_START + (AXIS_END - AXIS_START) * times / longest);
    }

    private void rect(int x, int y, int width, int height, String colour) {
        add(
                "<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"%d\" fill=\"%s\"/>",
                x, y, width, height, colour);
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
