package tramontane.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.bench.sizing.Arrivals;
import tramontane.bench.sizing.Lengths;
import tramontane.bench.sizing.Outcome;
import tramontane.bench.sizing.Routing;
import tramontane.bench.sizing.Scenario;
import tramontane.bench.sizing.Simulation;
import tramontane.bench.sizing.StepTimes;
import tramontane.server.UsageError;

/** {@code ./tramontane bench sizing}. */
@Command(
        name = "bench sizing",
        description = {
            "Simulate users, gateways and replicas: how many replicas, how long to the first token, what cost?",
            "",
            "Step times come from a run of ./tramontane bench, or are given. docs/SIZING.md states what is assumed.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  ./tramontane bench sizing --users 10,100,1000",
            "  ./tramontane bench sizing --users 500 --replicas 4 --routing random,load,affinity",
            "  ./tramontane bench sizing --users 1000000 --step 4,0.05,0.04 --sequences 256 --price 3",
            "  ./tramontane bench sizing measure --help        the same load on a real server",
        })
final class SizingBench implements Callable<Integer> {
    /** With more, the search for the number of replicas gives up. */
    private static final int MAX_REPLICAS = 20_000;

    /** A larger share of prompt tokens in the cache than this is not reached by any number. */
    private static final int HISTORY_TOKENS = 3000;

    @Option(
            names = "--run",
            paramLabel = "FILE",
            description = "Step times from the JSON of this run (default: ${DEFAULT-VALUE}).")
    private Path run = Path.of("docs/bench-2026-11-28.json");

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description = "And from this model of it (default: ${DEFAULT-VALUE}).")
    private String model = "qwen2.5-coder-0.5b";

    @Option(
            names = "--step",
            split = ",",
            paramLabel = "MS",
            description = {
                "Instead: milliseconds of a step, for each answer in it,",
                "and for each token of a prompt; three numbers."
            })
    private List<Double> step = List.of();

    @Option(
            names = "--sequences",
            paramLabel = "N",
            description = "Answers written at one time (default: ${DEFAULT-VALUE}).")
    private int sequences = 32;

    @Option(
            names = "--prompt-tokens",
            paramLabel = "N",
            description = "Prompt tokens in a step, at most (default: ${DEFAULT-VALUE}).")
    private int promptTokens = 512;

    @Option(
            names = "--users",
            split = ",",
            paramLabel = "N",
            description = "Users, a line of the table for each (default: ${DEFAULT-VALUE}).")
    private List<Integer> users = List.of(1, 10, 100, 1000);

    @Option(
            names = "--think",
            paramLabel = "SECONDS",
            description =
                    "Mean time between an answer and the next request (default: ${DEFAULT-VALUE}).")
    private double think = 60;

    @Option(
            names = "--turns",
            paramLabel = "N",
            description = "Mean requests of a conversation (default: ${DEFAULT-VALUE}).")
    private double turns = 4;

    @Option(
            names = "--prompt",
            split = ",",
            paramLabel = "N",
            description =
                    "New tokens of a prompt, log-normal: median, sigma, maximum (default: 100,1,2000).")
    private List<Double> prompt = List.of(100.0, 1.0, 2000.0);

    @Option(
            names = "--answer",
            split = ",",
            paramLabel = "N",
            description = "The same for tokens of an answer (default: 150,0.8,1024).")
    private List<Double> answer = List.of(150.0, 0.8, 1024.0);

    @Option(
            names = "--cache",
            paramLabel = "TOKENS",
            description = "Tokens in a replica's cache (default: ${DEFAULT-VALUE}).")
    private long cache = 60_000;

    @Option(
            names = "--routing",
            split = ",",
            paramLabel = "POLICY",
            description = "${COMPLETION-CANDIDATES}, in small letters (default: affinity).")
    private List<Routing> routing = List.of(Routing.AFFINITY);

    @Option(
            names = "--spare",
            paramLabel = "TOKENS",
            description =
                    "Affinity holds up to 1.5 times the tokens of the least loaded replica and these"
                            + " (default: ${DEFAULT-VALUE}).")
    private int spare = 16_384;

    @Option(
            names = "--gateways",
            paramLabel = "N",
            description =
                    "Gateways, each of which knows its own requests (default: ${DEFAULT-VALUE}).")
    private int gateways = 2;

    @Option(
            names = "--replicas",
            paramLabel = "N",
            description = "Replicas (default: the fewest that reach --first-token and --speed).")
    private Optional<Integer> replicas = Optional.empty();

    @Option(
            names = "--first-token",
            paramLabel = "SECONDS",
            description =
                    "95 of 100 requests get their first token in this time (default: ${DEFAULT-VALUE}).")
    private double firstToken = 2;

    @Option(
            names = "--speed",
            paramLabel = "TOKENS",
            description = "Tokens a second of an answer, the median (default: ${DEFAULT-VALUE}).")
    private double speed = 8;

    @Option(
            names = "--price",
            paramLabel = "PRICE",
            description = "Of a replica's node for an hour (default: ${DEFAULT-VALUE}).")
    private double price = 0.10;

    @Option(
            names = "--seconds",
            paramLabel = "SECONDS",
            description =
                    "Simulated time after warming up for half of it (default: ${DEFAULT-VALUE}).")
    private double seconds = 600;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            description = "Of all that is drawn at random (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    static int run(List<String> arguments) {
        boolean measures = !arguments.isEmpty() && arguments.getFirst().equals("measure");
        return new CommandLine(measures ? new SizingMeasurement() : new SizingBench())
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(100)
                .setParameterExceptionHandler(new UsageError())
                .setExecutionExceptionHandler(Main::complain)
                .execute(
                        arguments
                                .subList(measures ? 1 : 0, arguments.size())
                                .toArray(String[]::new));
    }

    @Override
    public Integer call() throws IOException {
        StepTimes times = times();
        System.out.printf(
                "A step takes %.2f ms, %.3f ms for each answer and %.3f ms for each prompt token.%n%n",
                1e3 * times.baseSeconds(),
                1e3 * times.answerSeconds(),
                1e3 * times.promptSeconds());
        System.out.println(
                "| users | routing | replicas | first token p50, s | p95, s | tokens/s of an answer | tokens/s | busy | cached | price of 10^6 tokens |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|");
        for (int count : users) {
            for (Routing policy : routing) {
                row(scenario(times, count, policy), count, policy);
            }
        }
        return 0;
    }

    private void row(Scenario scenario, int count, Routing policy) {
        int fewest = replicas.orElseGet(() -> fewest(scenario));
        if (fewest > MAX_REPLICAS) {
            System.out.printf("| %,d | %s | not reached |%n", count, name(policy));
            return;
        }
        Outcome outcome = Simulation.of(scenario.withReplicas(fewest));
        System.out.printf(
                "| %,d | %s | %,d | %.2f | %.2f | %.1f | %,.0f | %.0f %% | %.0f %% | %.2f |%n",
                count,
                name(policy),
                fewest,
                outcome.firstToken().p50(),
                outcome.firstToken().p95(),
                outcome.speed().stream(),
                outcome.speed().tokens(),
                100 * outcome.utilization(),
                100 * outcome.cachedShare(),
                outcome.costOfMillion(fewest, price));
    }

    private static String name(Routing policy) {
        return policy.name().toLowerCase(Locale.ROOT);
    }

    private boolean reached(Scenario scenario, int count) {
        Outcome outcome = Simulation.of(scenario.withReplicas(count));
        return outcome.firstToken().p95() <= firstToken && outcome.speed().stream() >= speed;
    }

    /** Doubles until the aim is reached, then halves the interval. */
    private int fewest(Scenario scenario) {
        int enough = 1;
        while (!reached(scenario, enough)) {
            enough *= 2;
            if (enough > MAX_REPLICAS) {
                return Integer.MAX_VALUE;
            }
        }
        int few = enough / 2;
        // One in a hundred is exact enough, and each try of a large fleet takes seconds.
        while (enough - few > Math.max(1, enough / 100)) {
            int middle = (few + enough) / 2;
            if (reached(scenario, middle)) {
                enough = middle;
            } else {
                few = middle;
            }
        }
        return enough;
    }

    private Scenario scenario(StepTimes times, int count, Routing policy) {
        return new Scenario(
                new Arrivals.Users(count, think, turns, HISTORY_TOKENS),
                lengths(prompt),
                lengths(answer),
                new Scenario.Fleet(1, gateways, policy, spare, times, cache),
                new Scenario.Period(period(count) / 2, period(count), seed));
    }

    /** Few users are watched for longer, so that there are some ten thousand requests. */
    private double period(int count) {
        return Math.max(seconds, 20_000 * think / count);
    }

    static Lengths lengths(List<Double> numbers) {
        if (numbers.size() != 3) {
            throw new IllegalArgumentException(
                    "--prompt and --answer take median, sigma and maximum");
        }
        return new Lengths.LogNormal(numbers.get(0), numbers.get(1), numbers.get(2).intValue());
    }

    private StepTimes times() throws IOException {
        if (step.size() == 3) {
            return new StepTimes(
                    step.get(0) / 1e3,
                    step.get(1) / 1e3,
                    step.get(2) / 1e3,
                    promptTokens,
                    sequences);
        }
        if (!step.isEmpty()) {
            throw new IllegalArgumentException("--step takes three numbers, such as 8.5,2.2,1.5");
        }
        return ofRun(JsonMapper.shared().readTree(Files.readString(run)));
    }

    /**
     * The streams of a run give the time of a step, and its longest prompt that of a prompt token.
     */
    private StepTimes ofRun(JsonNode report) {
        List<StepTimes.Measured> streams = new ArrayList<>();
        double prefill = 0;
        for (JsonNode each : report.path("models")) {
            if (!each.path("file").asString().startsWith(model)) {
                continue;
            }
            for (JsonNode row : each.path("rows")) {
                String[] label = row.path("load").asString().split(" ");
                double rate = row.path("contestants").path(0).path("tokensPerSecond").asDouble();
                if (label[0].equals("prefill") && Integer.parseInt(label[1]) <= 512) {
                    prefill = rate;
                } else if (label[1].startsWith("stream")) {
                    int count = Integer.parseInt(label[0]);
                    streams.add(new StepTimes.Measured(count, count / rate));
                }
            }
        }
        if (streams.size() < 2 || prefill == 0) {
            throw new IllegalArgumentException(
                    run + " has no streams and prefill of " + model + "; give --step");
        }
        return StepTimes.fit(streams, 1 / prefill, promptTokens, sequences);
    }
}
