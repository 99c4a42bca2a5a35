package tramontane.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tramontane.chat.TemplateSource;
import tramontane.engine.FinishReason;
import tramontane.engine.Generation;
import tramontane.engine.GenerationEvent;
import tramontane.engine.GenerationRequest;
import tramontane.engine.LoadedModel;
import tramontane.kernel.choice.KernelChoice;
import tramontane.packed.PackedPlace;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;
import tramontane.server.OptionRange;

/**
 * {@code ./tramontane bench drafts}. It is also a proof: each answer must be the same with and
 * without the draft model, token for token.
 */
@Command(
        name = "bench drafts",
        description = {
            "Measure how much faster a draft model makes answers: questions for code and for prose, each answered"
                    + " in turn with and without it, greedily and with a temperature of 0.7.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false)
final class DraftBench implements Callable<Integer> {
    private static final List<String> CODE =
            List.of(
                    "Write a Java class for a bounded queue of integers with tests.",
                    "Write a Python function that parses a CSV file and returns the mean of each column.",
                    "Write a function in Go that merges two sorted slices.",
                    "Write SQL for tables of customers and orders, and a query for the ten best customers.");
    private static final List<String> PROSE =
            List.of(
                    "Explain to a child why the sky is blue.",
                    "Write a short story about a lighthouse keeper and a storm.",
                    "What are the advantages and disadvantages of living in a large city?",
                    "Write a letter to a landlord about a broken heating.");
    private static final List<Double> TEMPERATURES = List.of(0.0, 0.7);

    @Option(
            names = {"-m", "--model"},
            required = true,
            paramLabel = "MODEL",
            description = "Name of an installed model, or a GGUF file.")
    private String model = "";

    @Option(
            names = "--draft-model",
            required = true,
            paramLabel = "MODEL",
            description = "The draft model, in the same way.")
    private String draft = "";

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = OptionRange.Threads.class,
            description = "Threads that compute (default: one a core).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            description = "Rounds (default: ${DEFAULT-VALUE}); one more comes before, to warm up.")
    private int rounds = 1;

    @Option(
            names = "--tokens",
            paramLabel = "N",
            description = "Tokens of each answer (default: ${DEFAULT-VALUE}).")
    private int tokens = 200;

    @Option(
            names = "--streams",
            paramLabel = "N",
            description = "Answers at the same time (default: ${DEFAULT-VALUE}).")
    private int streams = 1;

    private DraftBench() {}

    static int run(List<String> arguments) {
        return Main.commandLine(new DraftBench()).execute(arguments.toArray(String[]::new));
    }

    @Override
    public Integer call() throws Exception {
        Path root = Path.of(System.getProperty("tramontane.root", "."));
        MachineFacts machine = MachineFacts.of(root);
        try (LoadedModel plain = load(Optional.empty());
                LoadedModel drafted = load(Optional.of(Main.installed(draft)))) {
            System.out.printf(
                    "%s, %d threads, %s kernels, commit %s%n",
                    machine.cpu(), threads, plain.kernels().name(), machine.commit());
            System.out.printf(
                    "%-24s %12s %12s %8s %10s %10s%n",
                    "", "plain t/s", "drafted t/s", "ratio", "accepted", "rejected");
            measure(plain, drafted, CODE.subList(0, 1), 0, false);
            for (double temperature : TEMPERATURES) {
                measure(plain, drafted, CODE, temperature, true);
                measure(plain, drafted, PROSE, temperature, true);
            }
        }
        return 0;
    }

    private LoadedModel load(Optional<Path> small) throws Exception {
        return LoadedModel.load(
                Main.installed(model),
                new LoadedModel.Options(
                        () -> KernelChoice.of(""),
                        threads,
                        4096,
                        Math.max(1, streams),
                        Long.MAX_VALUE / 2,
                        new TemplateSource.OfModel(),
                        new LoadedModel.Beside(new PackedPlace.Off(), small)));
    }

    private void measure(
            LoadedModel plain,
            LoadedModel drafted,
            List<String> questions,
            double temperature,
            boolean isShown)
            throws Exception {
        List<Double> without = new ArrayList<>();
        List<Double> with = new ArrayList<>();
        List<Double> ratios = new ArrayList<>();
        int accepted = 0;
        int rejected = 0;
        for (int round = 0; round < (isShown ? rounds : 1); round++) {
            for (String question : questions) {
                Answers one = ask(plain, question, temperature);
                Answers other = ask(drafted, question, temperature);
                if (!one.tokens.equals(other.tokens)) {
                    throw new AssertionError("the draft model changed the answer to " + question);
                }
                without.add(one.tokensPerSecond);
                with.add(other.tokensPerSecond);
                ratios.add(other.tokensPerSecond / one.tokensPerSecond);
                accepted += other.accepted;
                rejected += other.rejected;
            }
        }
        if (isShown) {
            System.out.printf(
                    "%-24s %12.1f %12.1f %8.2f %10d %10d%n",
                    (questions == CODE ? "code" : "prose") + ", temperature " + temperature,
                    Statistics.median(without),
                    Statistics.median(with),
                    Statistics.median(ratios),
                    accepted,
                    rejected);
        }
    }

    /**
     * Answers to a question.
     *
     * @param tokens of each
     * @param tokensPerSecond of all together, from the first token on
     */
    private record Answers(
            List<List<Integer>> tokens, double tokensPerSecond, int accepted, int rejected) {}

    private Answers ask(LoadedModel asked, String question, double temperature) throws Exception {
        GenerationRequest request =
                new GenerationRequest(
                        Prompts.chat(asked, question),
                        new GenerationRequest.Length(tokens, 0, FinishReason.LENGTH),
                        new SamplingParams(temperature, 1, 7, 0, 0),
                        streams,
                        GenerationRequest.Guidance.NONE,
                        WantedLogprobs.NONE,
                        new GenerationRequest.Owner("bench", question));
        Generation generation = asked.engine().submit(request);
        List<List<Integer>> all = new ArrayList<>();
        for (int choice = 0; choice < streams; choice++) {
            all.add(new ArrayList<>());
        }
        int open = streams;
        long first = 0;
        int count = 0;
        while (open > 0) {
            switch (generation.poll(Duration.ofMinutes(10)).orElseThrow()) {
                case GenerationEvent.PromptScored _ -> {}
                case GenerationEvent.Token(int choice, int token, var _) -> {
                    first = count++ == 0 ? System.nanoTime() : first;
                    all.get(choice).add(token);
                }
                case GenerationEvent.Finished _ -> open--;
                case GenerationEvent.Failed(String reason) ->
                        throw new IllegalStateException(reason);
            }
        }
        double seconds = (System.nanoTime() - first) * 1e-9;
        Generation.Counts counts = generation.counts();
        return new Answers(
                all, (count - 1) / seconds, counts.acceptedDrafts(), counts.rejectedDrafts());
    }
}
