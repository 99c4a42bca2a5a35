package tramontane.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.upstream.UpstreamKind;

/** The table of metrics, the dashboard and the alert rules name what is served. */
class MetricsDocsTest {
    private static final Pattern ROW =
            Pattern.compile("\\| `([a-z_:]+)` \\| (counter|gauge|histogram) \\|([^|]*)\\|.*");

    private static final Pattern METRIC =
            Pattern.compile("(?:vllm:|gen_ai_|tramontane_|jvm_|process_)[a-zA-Z0-9_:]*[a-z]");
    private static final String QUESTION =
            "{'model': '%s', 'messages': [{'role': 'user', 'content': 'abc'}], 'min_tokens': 4, 'max_tokens': 4}";

    private static String text;
    private static Exposition served;

    /** Every metric has a value once a request was answered and another one refused. */
    @BeforeAll
    static void serve() throws IOException, InterruptedException {
        try (FaultyUpstream far = new FaultyUpstream(FaultyUpstream.answering("a"));
                ServerUnderTest server =
                        UpstreamWireTest.beside(
                                UpstreamWireTest.model(
                                        "far",
                                        UpstreamKind.VLLM,
                                        UpstreamWireTest.TIMES,
                                        far.uri()))) {
            for (String model : List.of("tiny", "unknown")) {
                server.accessLog.of(
                        server.complete(QUESTION.formatted(model))
                                .headers()
                                .firstValue("mistral-correlation-id")
                                .orElseThrow());
            }
            text = server.get("/metrics").body();
            served = new Exposition(text);
        }
    }

    private static boolean isOurs(String name) {
        return !name.startsWith("jvm_") && !name.startsWith("process_");
    }

    @Test
    void theTableListsEveryMetricWithItsTypeAndLabels() throws IOException {
        Map<String, String> documented = new TreeMap<>();
        for (String line : Checkout.read("docs/OBSERVABILITY.md").getFirst().lines().toList()) {
            var row = ROW.matcher(line);
            if (row.matches()) {
                Set<String> labels = new TreeSet<>();
                Pattern.compile("`(\\w+)`")
                        .matcher(row.group(3))
                        .results()
                        .forEach(label -> labels.add(label.group(1)));
                documented.put(row.group(1), row.group(2) + " " + labels);
            }
        }
        Map<String, String> real = new TreeMap<>();
        served.types.forEach((name, type) -> {
            if (isOurs(name)) {
                Set<String> labels = new TreeSet<>(served.labels(name));
                labels.remove("le");
                real.put(name, type + " " + labels);
            }
        });

        assertThat(real).hasSizeGreaterThan(15).isEqualTo(documented);
    }

    @Test
    void theDashboardAndTheAlertsUseOnlyMetricsAndLabelsThatAreServed() throws IOException {
        List<String> queries = new ArrayList<>();
        JsonNode dashboard =
                JsonMapper.shared()
                        .readTree(Checkout.read("deploy/grafana/tramontane.json").getFirst());
        for (JsonNode panel : dashboard.get("panels")) {
            panel.get("targets").forEach(target -> queries.add(target.get("expr").stringValue()));
        }
        dashboard
                .at("/templating/list")
                .forEach(variable -> queries.add(variable.at("/query/query").asString("")));
        queries.add(Checkout.read("deploy/prometheus/alerts.yml").getFirst());
        Set<String> used = new TreeSet<>();
        for (String query : queries) {
            METRIC.matcher(query).results().forEach(name -> used.add(name.group()));
        }
        Set<String> known = new TreeSet<>(served.names());
        // The text of an alert may name a histogram as a whole.
        known.addAll(served.types.keySet());
        served.types.keySet().forEach(name -> known.addAll(served.labels(name)));

        assertThat(used).hasSizeGreaterThan(15).isSubsetOf(known);
    }

    /** promtool's other advice is followed; a colon in a name is vLLM's choice. */
    @Test
    void promtoolFindsNoFault() throws IOException, InterruptedException {
        Path tool = promtool();
        List<String> complaints =
                run(tool, text, "check", "metrics")
                        .lines()
                        .filter(line -> !line.startsWith("vllm:"))
                        .toList();
        assertThat(complaints).isEmpty();
        String rules = Checkout.path("deploy/prometheus/alerts.yml").toString();
        assertThat(run(tool, "", "check", "rules", rules)).contains("SUCCESS: 11 rules found");
        String config = Checkout.path("deploy/prometheus/prometheus.yml").toString();
        assertThat(run(tool, "", "check", "config", config))
                .contains("SUCCESS")
                .doesNotContain("FAILED");
    }

    private static Path promtool() {
        Optional<Path> tool =
                Stream.of(System.getenv("PATH").split(File.pathSeparator))
                        .map(folder -> Path.of(folder, "promtool"))
                        .filter(Files::isExecutable)
                        .findFirst();
        assumeTrue(
                tool.isPresent(),
                "promtool is not installed; it is in Debian's package prometheus");
        return tool.orElseThrow();
    }

    private static String run(Path tool, String input, String... arguments)
            throws IOException, InterruptedException {
        List<String> command = new ArrayList<>(List.of(tool.toString()));
        command.addAll(List.of(arguments));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().write(input.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        process.waitFor();
        return said;
    }
}
