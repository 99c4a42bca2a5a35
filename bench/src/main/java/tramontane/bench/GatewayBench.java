package tramontane.bench;

import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;
import tramontane.bench.gateway.GatewayRun;
import tramontane.bench.gateway.StandIn;
import tramontane.bench.gateway.Target;
import tramontane.server.UsageError;

/** {@code ./tramontane bench gateway}. */
@Command(
        name = "bench gateway",
        description = {
            "Measure what this server costs as a gateway before another one.",
            "",
            "A stand-in for the engine streams events at a fixed pace. The same requests go to it directly,"
                    + " to a gateway before it, and to other gateways, in turn.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  ./tramontane bench gateway",
            "  ./tramontane bench gateway --port 4100 --beside litellm=http://127.0.0.1:4000,1234",
            "     another gateway, whose process has the id 1234, and whose upstream is",
            "     http://127.0.0.1:4100/v1 with the model stand-in",
        })
final class GatewayBench implements Callable<Integer> {
    private static final Pattern BESIDE = Pattern.compile("([^=]+)=(http://[^,]+),([0-9]+)");

    @Option(
            names = "--beside",
            paramLabel = "NAME=URL,PID",
            description = "Another gateway; may be given several times.")
    private List<String> beside = List.of();

    @Option(names = "--port", paramLabel = "PORT", description = "Port of the stand-in.")
    private int port;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            description = "The key that the other gateways ask for (default: ${DEFAULT-VALUE}).")
    private String key = "none";

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "How often each load is repeated, in turn (default: ${DEFAULT-VALUE}).")
    private int rounds = 3;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description =
                    "How long each gateway is asked before it is measured (default: ${DEFAULT-VALUE}).")
    private int warmUpSeconds = 40;

    @Option(names = "--quick", description = "Short loads, to see that all works.")
    private boolean quick;

    @Option(names = "--json", paramLabel = "FILE", description = "Write the figures to a file.")
    private Optional<Path> json = Optional.empty();

    static int run(List<String> arguments) {
        return new CommandLine(new GatewayBench())
                .setUsageHelpWidth(100)
                .setParameterExceptionHandler(new UsageError())
                .execute(arguments.toArray(String[]::new));
    }

    @Override
    public Integer call() throws Exception {
        try (StandIn standIn = new StandIn(port);
                HttpClient client = HttpClient.newHttpClient();
                ServerProcess gateway =
                        ServerProcess.start(
                                client, List.of("--upstream", "stand-in=vllm+" + standIn.uri()))) {
            List<Target> targets = new ArrayList<>();
            targets.add(new Target("direct", standIn.uri(), key, OptionalLong.empty()));
            targets.add(
                    new Target(
                            "tramontane",
                            gateway.url(),
                            key,
                            OptionalLong.of(gateway.process().pid())));
            for (String each : beside) {
                targets.add(target(each));
            }
            List<GatewayRun.Level> levels =
                    quick
                            ? GatewayRun.LEVELS.stream()
                                    .limit(2)
                                    .map(each ->
                                            new GatewayRun.Level(
                                                    each.streams(), 1, each.events(), each.pace()))
                                    .toList()
                            : GatewayRun.LEVELS;
            ObjectNode report = MachineFacts.of(Path.of("")).toJson();
            report.put("date", LocalDate.now().toString());
            int repeats = quick ? 1 : rounds;
            int seconds = quick ? Math.min(warmUpSeconds, 15) : warmUpSeconds;
            report.put("rounds", repeats).put("warmUpSeconds", seconds);
            report.set(
                    "rows",
                    new GatewayRun(standIn, targets, Duration.ofSeconds(seconds), System.out)
                            .measure(levels, repeats));
            if (json.isPresent()) {
                Files.writeString(json.get(), JsonMapper.shared().writeValueAsString(report));
            }
            return 0;
        }
    }

    private Target target(String given) {
        Matcher parts = BESIDE.matcher(given);
        if (!parts.matches()) {
            throw new CommandLine.ParameterException(
                    new CommandLine(this), "--beside " + given + ": give NAME=URL,PID");
        }
        return new Target(
                parts.group(1),
                URI.create(parts.group(2)),
                key,
                OptionalLong.of(Long.parseLong(parts.group(3))));
    }
}
