package tramontane.bench;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.UnaryOperator;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.catalog.Catalog;
import tramontane.catalog.DamagedModelException;
import tramontane.catalog.ModelsDirectory;
import tramontane.gguf.GgufException;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.server.OptionRange;
import tramontane.server.UsageError;
import tramontane.testkit.RandomExperts;
import tramontane.testkit.RandomMistral;

/** {@code ./tramontane bench}. */
@Command(
        name = "bench",
        description = {
            "Measure how fast this machine runs a model: prompts, answers, many at once.",
            "",
            "With --llama-cpp and --ik-llama-cpp the same loads are given to those engines in turn, round by"
                    + " round, and the medians of the ratios to the faster one are printed.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  ./tramontane bench --quick",
            "  ./tramontane bench --model qwen2.5-coder-1.5b --llama-cpp ~/venv/bin/python --json run.json",
            "  ./tramontane bench --base-url http://127.0.0.1:8080 --only streams",
            "  ./tramontane bench --soak 30",
            "  ./tramontane bench show run.json plot.svg              the table and a plot of a run",
            "  ./tramontane bench kernels avx512 2                    the matmuls alone",
            "  ./tramontane bench grammar --schemas schemas.jsonl.xz  schemas as guarantees",
            "  ./tramontane bench gateway                             what a gateway adds to answers",
            "  ./tramontane bench quality --tasks 60                  are constrained answers as right as free ones?",
            "  ./tramontane bench sizing --users 10,1000              how many replicas for so many users?",
            "  ./tramontane bench images                              how long encoding a picture takes",
            "  ./tramontane bench drafts --model qwen2.5-coder-1.5b --draft-model qwen2.5-coder-0.5b",
        })
public final class Main implements Callable<Integer> {
    private static final int LAYERS_7B = 32;

    /** Without the prediction load, which would take minutes. */
    private static final List<String> LOADS_7B =
            List.of("memory", "prefill", "decode", "streams", "prefix");

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description =
                    "Name of an installed model, or a GGUF file; may be given several times"
                            + " (default: the default model).")
    private List<String> models = List.of();

    @Option(
            names = "--random-7b",
            description =
                    "Measure a model of the shape of Mistral 7B with random weights, written once (4.4 GB) under target/.")
    private boolean random7b;

    @Option(
            names = "--random-moe",
            description =
                    "Measure two models with experts and random weights, written once (7 GB) under target/.")
    private boolean randomMoe;

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = OptionRange.Threads.class,
            description = "Threads that compute (default: one a core).")
    private int threads = Runtime.getRuntime().availableProcessors();

    @Option(
            names = "--rounds",
            paramLabel = "N",
            converter = Rounds.class,
            description = "Rounds of each load (default: ${DEFAULT-VALUE}).")
    private int rounds = 5;

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            converter = WarmUp.class,
            description = {
                "How long each engine repeats each load before it is measured, once at least",
                "(default: ${DEFAULT-VALUE}; 0 with --quick)."
            })
    private int warmUpSeconds = 10;

    @Option(names = "--quick", description = "Short loads, to see that all works.")
    private boolean quick;

    @Option(
            names = "--only",
            split = ",",
            paramLabel = "KIND",
            converter = LoadName.class,
            description = {
                "Only these of memory, prefill, decode, streams, prediction, schema and prefix;",
                "also single loads, such as prefill-512, decode-4096, 8-streams; none selects no load."
            })
    private List<String> only = List.of();

    @Option(
            names = "--kernels",
            paramLabel = "NAME",
            description = "scalar, vector, avx2, avxvnni, avx512 or amx (default: the fastest).")
    private String kernels = "";

    @Option(
            names = "--llama-cpp",
            paramLabel = "PYTHON",
            description = "Compare with llama.cpp: a Python that has the package llama-cpp-python.")
    private Optional<String> llamaCpp = Optional.empty();

    @Option(
            names = "--ik-llama-cpp",
            paramLabel = "PYTHON",
            description =
                    "Compare with ik_llama.cpp: a Python that has ik-llama-cpp-python and not llama-cpp-python.")
    private Optional<String> ikLlamaCpp = Optional.empty();

    @Option(
            names = "--http",
            description = "Also over HTTP: what the server costs beside the bare engine.")
    private boolean http;

    @Option(
            names = "--base-url",
            paramLabel = "URL",
            description =
                    "Measure the server there instead, ours or another with an OpenAI-style API.")
    private Optional<URI> baseUrl = Optional.empty();

    @Option(names = "--api-key", paramLabel = "KEY", description = "The key that server asks for.")
    private Optional<String> apiKey = Optional.empty();

    @Option(
            names = "--soak",
            paramLabel = "MINUTES",
            converter = Minutes.class,
            description =
                    "Mixed load with callers who leave, on a server started for it: no errors, flat memory,"
                            + " no block lost.")
    private Optional<Double> soak = Optional.empty();

    @Option(
            names = "--json",
            paramLabel = "FILE",
            description = "Write everything measured here, too.")
    private Optional<Path> json = Optional.empty();

    @Option(
            names = "--date",
            paramLabel = "DATE",
            description = "Date that the JSON carries (default: today).")
    private String date = LocalDate.now().toString();

    private static final class Rounds extends OptionRange.Whole {
        Rounds() {
            super(1, 1000);
        }
    }

    private static final class WarmUp extends OptionRange.Whole {
        WarmUp() {
            super(0, 600);
        }
    }

    /** A misspelt name would select no load, and the run would look successful. */
    private static final class LoadName implements CommandLine.ITypeConverter<String> {
        @Override
        public String convert(String name) {
            if (!Load.names().contains(name)) {
                throw new CommandLine.TypeConversionException(
                        name + " is no load; there are " + String.join(", ", Load.names()));
            }
            return name;
        }
    }

    /** Up to a week. */
    private static final class Minutes extends OptionRange.Real {
        Minutes() {
            super(0.1, 10_080);
        }
    }

    private Main() {}

    public static void main(String[] arguments) throws IOException {
        if (arguments.length > 0 && arguments[0].equals("kernels")) {
            KernelBench.main(
                    List.of(arguments).subList(1, arguments.length).toArray(String[]::new));
            return;
        }
        if (arguments.length > 0 && arguments[0].equals("grammar")) {
            System.exit(GrammarBench.run(List.of(arguments).subList(1, arguments.length)));
        }
        if (arguments.length > 0 && arguments[0].equals("quality")) {
            System.exit(QualityBench.run(List.of(arguments).subList(1, arguments.length)));
        }
        if (arguments.length > 0 && arguments[0].equals("gateway")) {
            System.exit(GatewayBench.run(List.of(arguments).subList(1, arguments.length)));
        }
        if (arguments.length > 0 && arguments[0].equals("images")) {
            System.exit(ImageBench.run(List.of(arguments).subList(1, arguments.length)));
        }
        if (arguments.length > 0 && arguments[0].equals("drafts")) {
            System.exit(DraftBench.run(List.of(arguments).subList(1, arguments.length)));
        }
        if (arguments.length > 0 && arguments[0].equals("sizing")) {
            System.exit(SizingBench.run(List.of(arguments).subList(1, arguments.length)));
        }
        if (arguments.length > 1 && arguments[0].equals("show")) {
            show(List.of(arguments).subList(1, arguments.length));
            return;
        }
        System.exit(commandLine().execute(arguments));
    }

    static CommandLine commandLine() {
        return commandLine(new Main());
    }

    /** A command of the bench, with the complaints that all have. */
    static CommandLine commandLine(Object command) {
        return new CommandLine(command)
                .setUsageHelpWidth(100)
                .setParameterExceptionHandler(new UsageError())
                .setExecutionExceptionHandler(Main::complain);
    }

    /** Faults that the user can correct are reported without a stack trace. */
    static int complain(Exception failure, CommandLine command, CommandLine.ParseResult result)
            throws Exception {
        Optional<String> message =
                switch (failure) {
                    case NoSuchFileException missing ->
                            Optional.of(
                                    "there is no model or file "
                                            + missing.getFile()
                                            + "; './tramontane models' lists the models");
                    case ConnectException _ -> Optional.of("nothing answers at the --base-url");
                    case DamagedModelException _,
                            GgufException _,
                            IllegalArgumentException _,
                            IOException _ ->
                            Optional.ofNullable(failure.getMessage());
                    default -> Optional.empty();
                };
        if (message.isEmpty()) {
            throw failure;
        }
        command.getErr().println("tramontane: " + message.get());
        return 1;
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        Path root = Path.of(System.getProperty("tramontane.root", "."));
        Kernels chosen = KernelChoice.of(kernels);
        MachineFacts machine = MachineFacts.of(root);
        ObjectNode report = JsonMapper.shared().createObjectNode();
        report.put("date", date).put("commit", machine.commit());
        report.put("kernels", chosen.name()).put("threads", threads).put("rounds", rounds);
        report.put("warmUpSeconds", repeats().warmUp().toSeconds());
        report.set("machine", machine.toJson());
        System.out.printf(
                "%s, %d threads, %s kernels, commit %s, %s%n",
                machine.cpu(), threads, chosen.name(), machine.commit(), date);
        boolean passed = true;
        if (baseUrl.isPresent()) {
            report.set(
                    "server",
                    new HttpRuns(threads, repeats(), chosen, System.out)
                            .server(client(baseUrl.get()), loads()));
        } else if (soak.isPresent()) {
            ObjectNode result = soak(soak.get(), chosen);
            System.out.println("cancels: " + result.path("cancels"));
            report.set("soak", result);
            passed = result.path("passed").asBoolean();
        } else {
            runModels(root, chosen, report.putArray("models"));
        }
        if (json.isPresent()) {
            Files.writeString(json.get(), report.toPrettyString() + "\n");
        }
        return passed ? 0 : 1;
    }

    private void runModels(Path root, Kernels chosen, ArrayNode runs)
            throws IOException, InterruptedException {
        ModelRun.Settings settings =
                new ModelRun.Settings(
                        threads,
                        kernels,
                        repeats(),
                        quick || random7b || randomMoe,
                        (random7b || randomMoe) && only.isEmpty() ? LOADS_7B : only,
                        peers(root.resolve("bench/llama_cpp_bench.py")));
        for (Path file : random7b || randomMoe ? randomModels(root) : files()) {
            ObjectNode run = new ModelRun(file, settings, chosen, System.out).run();
            if (http) {
                HttpRuns over = new HttpRuns(threads, repeats(), chosen, System.out);
                run.set("http", over.cost(file));
            }
            runs.add(run);
        }
    }

    private List<LlamaCpp.Peer> peers(Path script) {
        List<LlamaCpp.Peer> peers = new ArrayList<>();
        llamaCpp.ifPresent(
                python -> peers.add(new LlamaCpp.Peer(LlamaCpp.Project.LLAMA_CPP, python, script)));
        ikLlamaCpp.ifPresent(python ->
                peers.add(new LlamaCpp.Peer(LlamaCpp.Project.IK_LLAMA_CPP, python, script)));
        return peers;
    }

    private ObjectNode soak(double minutes, Kernels chosen)
            throws IOException, InterruptedException {
        HttpRuns over = new HttpRuns(threads, repeats(), chosen, System.out);
        return over.soak(files().getFirst(), Duration.ofMillis((long) (minutes * 60_000)));
    }

    private ChatClient client(URI url) throws IOException, InterruptedException {
        HttpClient client = HttpRuns.newClient();
        return new ChatClient(client, url, apiKey, ChatClient.onlyModel(client, url, apiKey));
    }

    private Repeats repeats() {
        return new Repeats(rounds, Duration.ofSeconds(quick ? 0 : warmUpSeconds));
    }

    private List<Load> loads() {
        return Load.standard(quick, only, Integer.MAX_VALUE);
    }

    /** {@code show FILE.json... [FILE.svg]}: the table of one or several runs, and their plot. */
    private static void show(List<String> files) throws IOException {
        ObjectNode all = JsonMapper.shared().createObjectNode();
        for (String file : files) {
            if (file.endsWith(".svg")) {
                Files.writeString(Path.of(file), Plot.of(all));
            } else {
                JsonNode run = JsonMapper.shared().readTree(Files.readString(Path.of(file)));
                ArrayNode models = all.withArray("models");
                run.path("models").forEach(models::add);
                run.properties().stream()
                        .filter(entry -> !entry.getKey().equals("models"))
                        .forEach(entry -> all.set(entry.getKey(), entry.getValue()));
            }
        }
        System.out.print(MarkdownTable.of(all));
    }

    /** The models with random weights that are to be measured; written if they are not there. */
    private List<Path> randomModels(Path root) throws IOException {
        List<Path> files = new ArrayList<>();
        if (random7b) {
            files.add(
                    written(
                            root,
                            "mistral-7b",
                            part -> new RandomMistral(LAYERS_7B, 1).write(part)));
        }
        if (randomMoe) {
            for (RandomExperts model : RandomExperts.values()) {
                files.add(written(root, model.label(), model::write));
            }
        }
        return files;
    }

    private static Path written(Path root, String name, UnaryOperator<Path> write)
            throws IOException {
        Path file = root.resolve("target/random-" + name + ".gguf");
        if (!Files.exists(file)) {
            Files.createDirectories(file.getParent());
            Path part = root.resolve("target/random-" + name + ".gguf.part");
            Files.move(write.apply(part), file);
        }
        return file;
    }

    private List<Path> files() throws IOException {
        Catalog catalog = catalog();
        List<Path> files = new ArrayList<>();
        for (String name : models.isEmpty() ? List.of(catalog.standard().name()) : models) {
            files.add(installed(catalog, name));
        }
        return files;
    }

    /** Where the model of this name, or this file, is; its sum is checked as by {@code serve}. */
    static Path installed(String name) throws IOException {
        return installed(catalog(), name);
    }

    private static Path installed(Catalog catalog, String name) throws IOException {
        Path file =
                catalog.locate(name, () -> System.err.println("Checking " + name))
                        .orElseGet(() -> Path.of(name));
        if (!Files.exists(file)) {
            throw new NoSuchFileException(name);
        }
        return file;
    }

    private static Catalog catalog() {
        Map<String, String> environment = System.getenv();
        return Catalog.load(ModelsDirectory.of(environment, ModelsDirectory.home(environment)));
    }
}
