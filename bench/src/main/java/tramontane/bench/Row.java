package tramontane.bench;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The timings of one load, by contestant and round; the first contestant is Tramontane.
 *
 * @param bytesPerToken bytes of weights, keys and values that one token of one stream reads
 * @param names of the contestants
 * @param notes with what settings each ran
 * @param timings one list a contestant, one element a round
 */
record Row(
        Load load,
        double bytesPerToken,
        List<String> names,
        List<String> notes,
        List<List<Timing>> timings) {
    private static final double MILLIS = 1e3;

    double median(int contestant) {
        return Statistics.median(speeds(contestant));
    }

    private List<Double> speeds(int contestant) {
        return timings.get(contestant).stream().map(Timing::tokensPerSecond).toList();
    }

    /**
     * The median over the rounds of our speed divided by the other contestant's in the same round.
     */
    double ratio(int contestant) {
        List<Double> ratios = new ArrayList<>();
        for (int round = 0; round < timings.get(contestant).size(); round++) {
            ratios.add(
                    timings.getFirst().get(round).tokensPerSecond()
                            / timings.get(contestant).get(round).tokensPerSecond());
        }
        return Statistics.median(ratios);
    }

    /** The ratio to the fastest of the others. */
    double ratio() {
        return IntStream.range(1, names.size()).mapToDouble(this::ratio).min().orElseThrow();
    }

    /** Bytes a second at the median speed; a step of several streams reads the weights once. */
    double bytesPerSecond(int contestant) {
        int streams = load instanceof Load.Streams(int count, int prompt, int tokens) ? count : 1;
        return load instanceof Load.Prefill
                ? Double.NaN
                : median(contestant) * bytesPerToken / streams;
    }

    /** The median of the processor time of 1,000 tokens, of all cores; NaN if it is not known. */
    double coreSecondsPer1000(int contestant) {
        return Statistics.median(
                timings.get(contestant).stream().map(Timing::coreSecondsPer1000).toList());
    }

    List<Double> first(int contestant) {
        return timings.get(contestant).stream().flatMap(t -> t.firstSeconds().stream()).toList();
    }

    List<Double> gaps(int contestant) {
        return timings.get(contestant).stream().flatMap(t -> t.gapSeconds().stream()).toList();
    }

    ObjectNode toJson(double readable) {
        ObjectNode json = JsonMapper.shared().createObjectNode();
        json.put("load", load.label()).put("kind", load.kind());
        ArrayNode list = json.putArray("contestants");
        for (int i = 0; i < names.size(); i++) {
            ObjectNode one =
                    list.addObject().put("name", names.get(i)).put("settings", notes.get(i));
            one.put("tokensPerSecond", rounded(median(i)));
            ArrayNode rounds = one.putArray("rounds");
            speeds(i).forEach(speed -> rounds.add(rounded(speed)));
            double cores = coreSecondsPer1000(i);
            if (!Double.isNaN(cores)) {
                one.put("coreSecondsPer1000", rounded(cores));
            }
            double bytes = bytesPerSecond(i);
            if (!Double.isNaN(bytes)) {
                one.put("gbPerSecond", rounded(bytes * 1e-9));
                one.put("percentOfRead", rounded(100 * bytes / readable));
            }
            percentiles(one, "firstTokenMillis", first(i));
            percentiles(one, "betweenTokensMillis", gaps(i));
            if (i > 0) {
                one.put("ratio", rounded(ratio(i)));
            }
        }
        if (names.size() > 1) {
            json.put("ratio", rounded(ratio()));
        }
        return json;
    }

    private static void percentiles(ObjectNode json, String name, List<Double> seconds) {
        if (!seconds.isEmpty()) {
            json.putObject(name)
                    .put("p50", rounded(MILLIS * Statistics.percentile(seconds, 50)))
                    .put("p99", rounded(MILLIS * Statistics.percentile(seconds, 99)));
        }
    }

    static double rounded(double value) {
        double scale = Math.pow(10, 3 - Math.floor(Math.log10(Math.max(1e-9, Math.abs(value)))));
        return Math.round(value * scale) / scale;
    }

    String toText(double readable) {
        StringBuilder line = new StringBuilder("%-20s".formatted(load.label()));
        for (int i = 0; i < names.size(); i++) {
            line.append(" %12.1f".formatted(median(i)));
        }
        line.append(names.size() > 1 ? " %7.2f".formatted(ratio()) : "        ");
        double cores = coreSecondsPer1000(0);
        line.append(Double.isNaN(cores) ? "          " : " %9.2f".formatted(cores));
        double bytes = bytesPerSecond(0);
        line.append(
                Double.isNaN(bytes)
                        ? "                "
                        : " %7.2f %6.0f %%".formatted(bytes * 1e-9, 100 * bytes / readable));
        line.append(percentilesText(first(0))).append(percentilesText(gaps(0)));
        return line.toString().stripTrailing();
    }

    private static String percentilesText(List<Double> seconds) {
        return seconds.isEmpty()
                ? "                  "
                : " %8.1f %8.1f"
                        .formatted(
                                MILLIS * Statistics.percentile(seconds, 50),
                                MILLIS * Statistics.percentile(seconds, 99));
    }

    static String head(List<String> names) {
        StringBuilder line = new StringBuilder("%-20s".formatted(""));
        names.forEach(name -> line.append(" %12s".formatted(name)));
        line.append(" %7s".formatted(names.size() > 1 ? "ratio" : ""));
        line.append(" %9s".formatted("core-s/1k"));
        line.append(" %7s %8s".formatted("GB/s", "of read"));
        line.append(" %8s %8s %8s %8s".formatted("TTFT p50", "p99 ms", "gap p50", "p99 ms"));
        return line.toString();
    }
}
