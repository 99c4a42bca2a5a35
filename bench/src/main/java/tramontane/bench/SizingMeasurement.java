package tramontane.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
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
import tramontane.bench.sizing.Routing;
import tramontane.bench.sizing.Scenario;
import tramontane.bench.sizing.SimulatedUsers;
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
    private static final List<Integer> STREAMS = List.of(1, 4, 8, 16);

    private static final int TIMED_TOKENS = 100;

    /** Lengths of the prompts that are timed, and how many of each. */
    private static final int FEW_TOKENS = 50;

    private static final int MANY_TOKENS = 400;
    private static final int TIMED_PROMPTS = 9;

    /**
     * Of the server.
     *
     * @param requestSeconds of a request outside of steps
     */
    private record Fitted(StepTimes times, double requestSeconds) {
        Fitted middle(Fitted other) {
            return new Fitted(
                    times.middle(other.times), (requestSeconds + other.requestSeconds) / 2);
        }
    }

    private RandomPrompts prompts = new RandomPrompts(0, 1);

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
        prompts = countTokens(client);
        List<String> fits = new ArrayList<>();
        Fitted before = calibrate(client, fits);
        System.out.println(
                "| users | requests | | first token mean, s | p50 | p95 | whole answer mean, s | tokens/s |");
        System.out.println("|---|---|---|---|---|---|---|---|");
        for (int count : users) {
            Scenario scenario = scenario(count);
            List<Answered> measured = measure(client, scenario);
            // The machine may have changed meanwhile.
            Fitted after = calibrate(client, fits);
            compare(scenario, measured, before.middle(after));
            before = after;
        }
        System.out.println("\nStep times, before, between and after the lines:\n");
        fits.forEach(System.out::println);
        return 0;
    }

    /**
     * The line through the times of two prompts gives the time of a prompt token; what else a
     * request takes before its first token is its own way.
     */
    private Fitted calibrate(ChatClient client, List<String> fits) throws Exception {
        List<StepTimes.Measured> measured = new ArrayList<>();
        for (int streams : STREAMS) {
            double before = tokenSeconds(client, streams);
            measured.add(
                    new StepTimes.Measured(streams, (before + tokenSeconds(client, streams)) / 2));
        }
        Answered few = median(client, FEW_TOKENS);
        Answered many = median(client, MANY_TOKENS);
        double promptSeconds =
                (many.firstSeconds() - few.firstSeconds())
                        / (many.promptTokens() - few.promptTokens());
        StepTimes times = StepTimes.fit(measured, promptSeconds, 512, 32);
        double own = few.firstSeconds() - times.seconds(0, few.promptTokens());
        fits.add(
                "%.2f ms, %.3f ms for each answer and %.3f ms for each prompt token; beside them %.1f ms for each request"
                        .formatted(
                                1e3 * times.baseSeconds(),
                                1e3 * times.answerSeconds(),
                                1e3 * times.promptSeconds(),
                                1e3 * own));
        return new Fitted(times, Math.max(0, own));
    }

    private Answered median(ChatClient client, int tokens)
            throws IOException, InterruptedException {
        List<Answered> answers = new ArrayList<>();
        for (int i = 0; i < TIMED_PROMPTS; i++) {
            answers.add(ask(client, seed * tokens + i, prompts.words(tokens), 2));
        }
        answers.sort(Comparator.comparingDouble(Answered::firstSeconds));
        return answers.get(TIMED_PROMPTS / 2);
    }

    /** The mean time between the tokens of answers that are written together. */
    private double tokenSeconds(ChatClient client, int streams) throws Exception {
        double sum = 0;
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Answered>> answers = new ArrayList<>();
            for (int i = 0; i < streams; i++) {
                long own = seed + i;
                answers.add(threads.submit(() -> ask(client, own, 5, TIMED_TOKENS)));
            }
            for (Future<Answered> each : answers) {
                sum += (each.get().seconds() - each.get().firstSeconds()) / (TIMED_TOKENS - 1);
            }
        }
        return sum / streams;
    }

    /** The second of two prompts counts each time, when the cache has the template's beginning. */
    private RandomPrompts countTokens(ChatClient client) throws IOException, InterruptedException {
        List<RandomPrompts.Counted> counted = new ArrayList<>();
        for (int words : List.of(5, 100)) {
            ask(client, seed - words, words, 1);
            int tokens = ask(client, seed - 2 * words, words, 1).promptTokens();
            counted.add(new RandomPrompts.Counted(words, tokens));
        }
        return RandomPrompts.fit(counted.getFirst(), counted.getLast());
    }

    /** An answer of exactly the wanted length to a prompt of random words. */
    private static Answered ask(ChatClient client, long seed, int words, int answerTokens)
            throws IOException, InterruptedException {
        ObjectNode body = client.body(RandomPrompts.text(seed, words), answerTokens);
        body.put("min_tokens", answerTokens);
        ChatClient.Answer answer = client.stream(body);
        double whole = (System.nanoTime() - answer.askedNanos()) * 1e-9;
        // An answer of one token may have no text to show.
        double first = answer.chunkNanos().isEmpty() ? whole : answer.firstSeconds();
        return new Answered(
                first, whole, answer.promptTokens() - answer.cachedTokens(), answer.tokens());
    }

    private Scenario scenario(int count) {
        return new Scenario(
                new Arrivals.Users(count, think, 1, 0),
                SizingBench.lengths(prompt),
                SizingBench.lengths(answer),
                new Scenario.Fleet(1, 1, Routing.LOAD, 0, new StepTimes(0, 0, 0, 512, 32), 0),
                new Scenario.Period(seconds / 10, seconds, seed));
    }

    private List<Answered> measure(ChatClient client, Scenario scenario) throws Exception {
        MeasuredUsers.Server server =
                (own, wanted, length) -> ask(client, own, prompts.words(wanted), length);
        return new MeasuredUsers(scenario, server).run();
    }

    private void compare(Scenario scenario, List<Answered> answers, Fitted fitted) {
        double[] measured = figures(answers);
        double[] expected =
                figures(
                        SimulatedUsers.run(
                                scenario.withTimes(fitted.times), fitted.requestSeconds));
        line(
                ((Arrivals.Users) scenario.arrivals()).count()
                        + " | "
                        + answers.size()
                        + " | measured",
                measured,
                "%.3f");
        line(" | | simulated", expected, "%.3f");
        double[] errors = new double[measured.length];
        for (int i = 0; i < errors.length; i++) {
            errors[i] = 100 * (expected[i] / measured[i] - 1);
        }
        line(" | | error", errors, "%+.0f %%");
    }

    private double[] figures(List<Answered> answers) {
        double[] first = answers.stream().mapToDouble(Answered::firstSeconds).sorted().toArray();
        double[] whole = answers.stream().mapToDouble(Answered::seconds).toArray();
        double tokens = answers.stream().mapToDouble(Answered::answerTokens).sum();
        return new double[] {
            mean(first), at(first, 0.5), at(first, 0.95), mean(whole), tokens / seconds
        };
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
}
