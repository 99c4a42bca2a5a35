package tramontane.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.bench.quality.AnswerLog;
import tramontane.bench.quality.ApiRespondent;
import tramontane.bench.quality.Language;
import tramontane.bench.quality.LlamaCppRespondent;
import tramontane.bench.quality.Mode;
import tramontane.bench.quality.QualityRun;
import tramontane.bench.quality.QualityTable;
import tramontane.bench.quality.TaskGenerator;
import tramontane.server.OptionRange;
import tramontane.server.UsageError;

/** {@code ./tramontane bench quality}. */
@Command(
        name = "bench quality",
        description = {
            "Measure how often answers are right, as free text and under each constraint.",
            "",
            "Tasks with known answers come from a seed. Each is asked as free text, json_object,"
                    + " json_schema and tool call; the table has right answers, and against free text"
                    + " those won and lost.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  ./tramontane bench quality --tasks 60",
            "  ./tramontane bench quality --models qwen2.5-coder-1.5b --answers run.jsonl --json run.json",
            "  ./tramontane bench quality --llama-cpp ~/venv/bin/python",
            "  ./tramontane bench quality --base-url http://127.0.0.1:8080 --label other",
            "  ./tramontane bench quality show before.json after.json     one table of several runs",
        })
final class QualityBench implements Callable<Integer> {
    private static final String CONTEXT = "8192";

    @Option(
            names = {"-m", "--models"},
            split = ",",
            paramLabel = "MODEL",
            description = "Names of installed models, or GGUF files (default: ${DEFAULT-VALUE}).")
    private List<String> models = List.of("qwen2.5-coder-0.5b", "qwen2.5-coder-1.5b");

    @Option(
            names = "--tasks",
            paramLabel = "N",
            converter = Tasks.class,
            description = "How many tasks (default: ${DEFAULT-VALUE}).")
    private int tasks = 300;

    @Option(
            names = "--seed",
            paramLabel = "SEED",
            description =
                    "Of the tasks, and of answers at a temperature (default: ${DEFAULT-VALUE}).")
    private long seed = 1;

    @Option(
            names = "--languages",
            split = ",",
            paramLabel = "CODE",
            description = "Of en, de, fr and zh (default: all).")
    private List<Language> languages = List.of(Language.values());

    @Option(
            names = "--modes",
            split = ",",
            paramLabel = "MODE",
            description = "Of text, json_object, json_schema and tool_call (default: all).")
    private List<Mode> modes = List.of(Mode.values());

    @Option(
            names = "--temperature",
            split = ",",
            paramLabel = "T",
            description = "One or several; 0 is greedy (default: ${DEFAULT-VALUE}).")
    private List<Double> temperatures = List.of(0.0, 0.7);

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = OptionRange.Threads.class,
            description = "Threads that compute (default: one a core).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--streams",
            paramLabel = "N",
            converter = Streams.class,
            description = "Requests at once (default: ${DEFAULT-VALUE}).")
    private int streams = 8;

    @Option(
            names = "--label",
            paramLabel = "NAME",
            description = "What the table calls this engine (default: ${DEFAULT-VALUE}).")
    private String label = "tramontane";

    @Option(
            names = "--llama-cpp",
            paramLabel = "PYTHON",
            description = "Ask llama.cpp, too: a Python that has the package llama-cpp-python.")
    private Optional<String> llamaCpp = Optional.empty();

    @Option(
            names = "--only-llama-cpp",
            description = "With --llama-cpp: do not ask our own engine.")
    private boolean onlyLlamaCpp;

    @Option(
            names = "--base-url",
            paramLabel = "URL",
            description = "Ask the server there instead, ours or another with an OpenAI-style API.")
    private Optional<URI> baseUrl = Optional.empty();

    @Option(names = "--api-key", paramLabel = "KEY", description = "The key that server asks for.")
    private Optional<String> apiKey = Optional.empty();

    @Option(
            names = "--answers",
            paramLabel = "FILE",
            description =
                    "Keep every answer here, one JSON object a line, and ask nothing again that is"
                            + " there already.")
    private Optional<Path> answers = Optional.empty();

    @Option(
            names = "--minutes",
            paramLabel = "M",
            description =
                    "Send no more requests after M minutes; with --answers, a later call goes on.")
    private Optional<Double> minutes = Optional.empty();

    @Option(names = "--json", paramLabel = "FILE", description = "Write the result here, too.")
    private Optional<Path> json = Optional.empty();

    @Option(
            names = "--date",
            paramLabel = "DATE",
            description = "Date that the JSON carries (default: today).")
    private String date = LocalDate.now().toString();

    private final long started = System.nanoTime();
    private final BooleanSupplier stopped =
            () -> minutes.isPresent() && System.nanoTime() - started > minutes.orElseThrow() * 60e9;

    private QualityBench() {}

    static int run(List<String> arguments) throws IOException {
        if (!arguments.isEmpty() && arguments.getFirst().equals("show")) {
            List<JsonNode> results = new ArrayList<>();
            for (String file : arguments.subList(1, arguments.size())) {
                results.add(JsonMapper.shared().readTree(Files.readString(Path.of(file))));
            }
            System.out.print(QualityTable.of(results));
            return 0;
        }
        return new CommandLine(new QualityBench())
                .registerConverter(Language.class, text -> known(text, Language::of))
                .registerConverter(Mode.class, text -> known(text, Mode::of))
                .setUsageHelpWidth(100)
                .setParameterExceptionHandler(new UsageError())
                .execute(arguments.toArray(String[]::new));
    }

    private static <T> T known(String text, Function<String, T> of) {
        try {
            return of.apply(text);
        } catch (IllegalArgumentException e) {
            throw new CommandLine.TypeConversionException(String.valueOf(e.getMessage()));
        }
    }

    private static final class Tasks extends OptionRange.Whole {
        Tasks() {
            super(1, 100_000);
        }
    }

    private static final class Streams extends OptionRange.Whole {
        Streams() {
            super(1, 1024);
        }
    }

    private void checkOptions() {
        if (onlyLlamaCpp && llamaCpp.isEmpty()) {
            throw wrong("--only-llama-cpp needs --llama-cpp PYTHON");
        }
        if (temperatures.stream().anyMatch(t -> !(t >= 0 && t <= 1.5))) {
            throw wrong("--temperature must be from 0 to 1.5");
        }
    }

    private CommandLine.ParameterException wrong(String message) {
        return new CommandLine.ParameterException(new CommandLine(this), message);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        checkOptions();
        Path root = Path.of(System.getProperty("tramontane.root", "."));
        MachineFacts machine = MachineFacts.of(root);
        ObjectNode report = JsonMapper.shared().createObjectNode();
        report.put("date", date).put("commit", machine.commit());
        report.put("seed", seed).put("tasks", tasks);
        report.set("machine", machine.toJson());
        ArrayNode runs = report.putArray("runs");
        AnswerLog log = new AnswerLog(answers);
        if (baseUrl.isPresent()) {
            try (HttpClient http = HttpRuns.newClient();
                    ApiRespondent server =
                            new ApiRespondent(http, baseUrl.get(), apiKey, label, streams)) {
                for (double temperature : temperatures) {
                    QualityRun run = quality(server.model(), temperature, log);
                    run.run(server);
                    runs.add(run.summary(label));
                }
            }
        } else {
            for (String model : models) {
                runModel(root, model, log, runs);
            }
        }
        System.out.print(QualityTable.of(List.of(report)));
        if (json.isPresent()) {
            Files.writeString(json.get(), report.toPrettyString() + "\n");
        }
        return 0;
    }

    private void runModel(Path root, String model, AnswerLog log, ArrayNode runs)
            throws IOException, InterruptedException {
        Path file = Main.installed(model);
        for (double temperature : temperatures) {
            QualityRun run = quality(name(file), temperature, log);
            if (!onlyLlamaCpp) {
                if (run.isNeeded(label, modes) && !stopped.getAsBoolean()) {
                    askOurs(file, run);
                }
                runs.add(run.summary(label));
            }
            if (llamaCpp.isPresent()) {
                askLlamaCpp(root, file, run);
                runs.add(run.summary("llama.cpp"));
            }
        }
    }

    private void askOurs(Path file, QualityRun run) throws IOException, InterruptedException {
        String[] options = {"--context", CONTEXT, "--parallel", "" + streams};
        try (HttpClient http = HttpRuns.newClient();
                ServerProcess server = ServerProcess.start(file, threads, http, options);
                ApiRespondent ours =
                        new ApiRespondent(http, server.url(), Optional.empty(), label, streams)) {
            run.run(ours);
        }
    }

    private void askLlamaCpp(Path root, Path file, QualityRun run)
            throws IOException, InterruptedException {
        List<Mode> without = modes.stream().filter(mode -> mode != Mode.TOOL_CALL).toList();
        if (run.isNeeded("llama.cpp", without) && !stopped.getAsBoolean()) {
            Path script = root.resolve("bench/llama_cpp_quality.py");
            try (LlamaCppRespondent peer =
                    new LlamaCppRespondent(llamaCpp.orElseThrow(), script, file, threads)) {
                run.run(peer);
            }
        }
    }

    private QualityRun quality(String model, double temperature, AnswerLog log) {
        QualityRun.Plan plan =
                new QualityRun.Plan(
                        model,
                        temperature,
                        seed,
                        TaskGenerator.tasks(seed, tasks, languages),
                        modes);
        return new QualityRun(plan, log, stopped, System.out);
    }

    private static String name(Path file) {
        return String.valueOf(file.getFileName()).replace(".gguf", "");
    }
}
