package tramontane.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.node.ObjectNode;
import tramontane.bench.sizing.Arrivals;
import tramontane.bench.sizing.MeasuredUsers;
import tramontane.bench.sizing.MeasuredUsers.Answered;
import tramontane.bench.sizing.Outcome;
import tramontane.bench.sizing.Routing;
import tramontane.bench.sizing.Scenario;
import tramontane.bench.sizing.Simulation;
import tramontane.bench.sizing.StepTimes;

/** {@code ./tramontane bench sizing measure}: how far is the simulation from a real server? */
@Command(
        name = "bench sizing measure",
        description = {
            "Measure the step times of a Tramontane server, let users ask it, and simulate the same users.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class SizingMeasurement implements Callable<Integer> {
    /** Before, between and after the loads, so that a machine that changes shows. */
    private static final List<Integer> STREAMS = List.of(1, 4, 8, 16);

    private static final int TIMED_TOKENS = 100;
    private static final int TIMED_PROMPT = 400;

    @Option(
            names = "--base-url",
            paramLabel = "URL",
            required = true,
            description = "The server, with one model.")
    private URI url = URI.create("");

    @Option(names = "--api-key", paramLabel = "KEY", description = "Its key.")
    private Optional<String> key = Optional.empty();

    @Option(
            names = "--users",
            split = ",",
            paramLabel = "N",
            description = "Users, a line of the table for each (default: ${DEFAULT-VALUE}).")
    private List<Integer> users = List.of(4, 8, 16);

    @Option(
            names = "--think",
            paramLabel = "SECONDS",
            description =
                    "Mean time between an answer and the next request (default: ${DEFAULT-VALUE}).")
    private double think = 3;

    @Option(
            names = "--seconds",
            paramLabel = "SECONDS",
            description =
                    "Measured time of each line, after a tenth of it (default: ${DEFAULT-VALUE}).")
    private double seconds = 60;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            description = "Of all that is drawn at random (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(
            names = "--prompt",
            split = ",",
            paramLabel = "N",
            description = "Tokens of a prompt: median, sigma, maximum (default: 100,0.7,400).")
    private List<Double> prompt = List.of(100.0, 0.7, 400.0);

    @Option(
            names = "--answer",
            split = ",",
            paramLabel = "N",
            description = "The same for tokens of an answer (default: 60,0.7,200).")
    private List<Double> answer = List.of(60.0, 0.7, 200.0);

    @Override
    public Integer call() throws Exception {
        HttpClient http = HttpRuns.newClient();
        ChatClient client = new ChatClient(http, url, key, ChatClient.onlyModel(http, url, key));
        for (int streams : STREAMS) {
            // Classes are loaded and code is compiled.
            tokenSeconds(client, streams);
        }
        StepTimes times = calibrate(client);
        System.out.printf(
                "Measured: a step takes %.2f ms, %.3f ms for each answer and %.3f ms for each prompt token.%n%n",
                1e3 * times.baseSeconds(),
                1e3 * times.answerSeconds(),
                1e3 * times.promptSeconds());
        System.out.println(
                "| users | requests | | first token mean, s | p50 | p95 | whole answer mean, s | tokens/s |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (int count : users) {
            compare(client, times, count);
        }
        return 0;
    }

    private StepTimes calibrate(ChatClient client) throws Exception {
        List<StepTimes.Measured> measured = new ArrayList<>();
        for (int streams : STREAMS) {
            double before = tokenSeconds(client, streams);
            measured.add(
                    new StepTimes.Measured(streams, (before + tokenSeconds(client, streams)) / 2));
        }
        double base = measured.getFirst().seconds();
        List<Double> prefill = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            Answered each = ask(client, seed + i, TIMED_PROMPT, 1);
            prefill.add((each.firstSeconds() - base) / each.promptTokens());
        }
        prefill.sort(null);
        return StepTimes.fit(measured, prefill.get(2), 512, 32);
    }

    /** The mean time between the tokens of answers that are written together. */
    private double tokenSeconds(ChatClient client, int streams) throws Exception {
        double sum = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answered>> answers = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                long own = seed + i;
                answers.add(threads.submit(() -> ask(client, own, 10, TIMED_TOKENS)));
            }
            for (Future<Answered> each : answers) {
                sum += (each.get().seconds() - each.get().firstSeconds()) / (TIMED_TOKENS - 1);
            }
        }
        return sum / streams;
    }

    /** A prompt of random words, which no cache has, and an answer of exactly the wanted length. */
    private static Answered ask(ChatClient client, long seed, int promptTokens, int answerTokens)
            throws IOException, InterruptedException {
        SplittableRandom random = new SplittableRandom(seed);
        StringBuilder words = new StringBuilder();
        for (int i = 0; i < promptTokens / 2; i++) {
            words.append(' ').append(random.nextInt(10, 100));
        }
        ObjectNode body = client.body(words.toString(), answerTokens);
        body.put("min_tokens", answerTokens);
        ChatClient.Answer answer = client.stream(body);
        double whole = (System.nanoTime() - answer.askedNanos()) * 1e-9;
        // An answer of one token may have no text to show.
        double first = answer.chunkNanos().isEmpty() ? whole : answer.firstSeconds();
        return new Answered(first, whole, answer.promptTokens(), answer.tokens());
    }

    private void compare(ChatClient client, StepTimes times, int count) throws Exception {
        Scenario real = scenario(times, count, seconds / 10, seconds);
        List<Answered> answers =
                new MeasuredUsers(real, (own, wanted, length) -> ask(client, own, wanted, length))
                        .run((Arrivals.Users) real.arrivals());
        double[] first = answers.stream().mapToDouble(Answered::firstSeconds).sorted().toArray();
        double[] whole = answers.stream().mapToDouble(Answered::seconds).toArray();
        double tokens = answers.stream().mapToDouble(Answered::answerTokens).sum();
        // Many times as long, so that the simulation's own chance does not count.
        Outcome simulated = Simulation.of(scenario(times, count, 1000, 100_000));
        double[] measured = {
            mean(first), at(first, 0.5), at(first, 0.95), mean(whole), tokens / seconds
        };
        double[] expected = {
            simulated.firstToken().mean(),
            simulated.firstToken().p50(),
            simulated.firstToken().p95(),
            simulated.response().mean(),
            simulated.speed().tokens()
        };
        line(count + " | " + answers.size() + " | measured", measured, "%.3f");
        line(" | | simulated", expected, "%.3f");
        double[] errors = new double[measured.length];
        for (int i = 0; i < errors.length; i++) {
            errors[i] = 100 * (expected[i] / measured[i] - 1);
        }
        line(" | | error", errors, "%+.0f %%");
    }

    private static void line(String head, double[] numbers, String format) {
        StringBuilder line = new StringBuilder("| " + head + " |");
        for (double number : numbers) {
            line.append(' ').append(String.format(Locale.ROOT, format, number)).append(" |");
        }
        System.out.println(line);
    }

    private static double mean(double[] numbers) {
        return Arrays.stream(numbers).average().orElse(0);
    }

    private static double at(double[] sorted, double share) {
        return sorted.length == 0 ? 0 : sorted[(int) (share * (sorted.length - 1))];
    }

    private Scenario scenario(StepTimes times, int count, double warmUp, double length) {
        return new Scenario(
                new Arrivals.Users(count, think, 1, 0),
                SizingBench.lengths(prompt),
                SizingBench.lengths(answer),
                new Scenario.Fleet(1, 1, Routing.LOAD, 0, times, 0),
                new Scenario.Period(warmUp, length, seed));
    }
}
