package tramontane.server;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Metrics in Prometheus' text format, read by code of the tests' own. */
final class Exposition {
    private static final Pattern SAMPLE =
            Pattern.compile("([a-zA-Z_:][\\w:]*)(?:\\{(.*)})? (\\S+)");
    private static final Pattern LABEL = Pattern.compile("(\\w+)=\"((?:[^\"\\\\]|\\\\.)*)\"");

    /** The type of each metric by its name. */
    final Map<String, String> types = new TreeMap<>();

    private final Map<String, Map<Map<String, String>, Double>> samples = new TreeMap<>();

    Exposition(String text) {
        for (String line : text.lines().toList()) {
            if (line.startsWith("# TYPE ")) {
                String[] words = line.split(" ");
                types.put(words[2], words[3]);
            } else if (!line.startsWith("#") && !line.isEmpty()) {
                Matcher sample = SAMPLE.matcher(line);
                if (!sample.matches()) {
                    throw new AssertionError("not a sample: " + line);
                }
                Map<String, String> labels = new TreeMap<>();
                if (sample.group(2) != null) {
                    LABEL.matcher(sample.group(2))
                            .results()
                            .forEach(label -> labels.put(label.group(1), label.group(2)));
                }
                samples.computeIfAbsent(sample.group(1), _ -> new java.util.LinkedHashMap<>())
                        .put(labels, Double.parseDouble(sample.group(3)));
            }
        }
    }

    /** The sum of the samples of a name that have these labels ("name=value"). */
    double sum(String name, String... labels) {
        return samples.getOrDefault(name, Map.of()).entrySet().stream()
                .filter(sample ->
                        List.of(labels).stream()
                                .map(label -> label.split("=", 2))
                                .allMatch(label ->
                                        sample.getKey()
                                                .getOrDefault(label[0], "")
                                                .equals(label[1])))
                .mapToDouble(Map.Entry::getValue)
                .sum();
    }

    /** Every name of a sample. */
    java.util.Set<String> names() {
        return samples.keySet();
    }

    /** The names of the labels of a metric. */
    java.util.Set<String> labels(String metric) {
        java.util.Set<String> labels = new java.util.TreeSet<>();
        for (String suffix : List.of("", "_bucket", "_sum", "_count")) {
            samples.getOrDefault(metric + suffix, Map.of())
                    .keySet()
                    .forEach(sample -> labels.addAll(sample.keySet()));
        }
        return labels;
    }

    int series() {
        return samples.values().stream().mapToInt(Map::size).sum();
    }
}
