package tramontane.server;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.Machine;
import tramontane.backend.ModelBackend;
import tramontane.backend.RunOptions;
import tramontane.chat.TemplateSource;
import tramontane.completion.Completions;
import tramontane.completion.Environment;
import tramontane.completion.ModelNames;
import tramontane.endpoint.ChatCompletions;
import tramontane.endpoint.Embeddings;
import tramontane.endpoint.Extensions;
import tramontane.endpoint.Gate;
import tramontane.endpoint.ImageRules;
import tramontane.endpoint.InFlight;
import tramontane.endpoint.Inspect;
import tramontane.endpoint.Intake;
import tramontane.endpoint.Limits;
import tramontane.endpoint.Observed;
import tramontane.endpoint.Operations;
import tramontane.endpoint.Routes;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.ledger.Ledger;
import tramontane.telemetry.AccessLog;
import tramontane.telemetry.GatewayGauges;
import tramontane.telemetry.ModelLoad;
import tramontane.telemetry.ServerGauges;
import tramontane.telemetry.Telemetry;
import tramontane.telemetry.Traces;
import tramontane.telemetry.UpstreamGauges;
import tramontane.testkit.Architecture;
import tramontane.testkit.TinyEncoder;
import tramontane.testkit.TinyModel;
import tramontane.upstream.RoutedBackend;
import tramontane.usage.RequestLog;

/**
 * The whole server on a free port, with a tiny model, a clock that stands still and chance from a
 * seed.
 */
final class ServerUnderTest implements AutoCloseable {
    static final Limits LIMITS =
            new Limits(1 << 20, 4 << 20, Duration.ofSeconds(20), 64, Duration.ZERO);

    /** Bodies that the request log keeps: enough for small tests, and soon too little. */
    static final int LOG_BYTES = 20_000;

    static final InstantSource CLOCK = InstantSource.fixed(Instant.ofEpochSecond(1_800_000_000));

    private final Path directory;
    final Backend backend;
    private final HttpListener listener;
    private final HttpClient client = HttpClient.newHttpClient();
    final InFlight inFlight;
    private final AtomicLong skippedNanos = new AtomicLong();
    final Routes routes;

    /** Lines of the access log. */
    final CollectedLog accessLog = new CollectedLog();

    /** Puts a model file where it is told to. */
    @FunctionalInterface
    private interface ModelFile {
        void put(Path path) throws IOException;
    }

    /** Where what becomes of requests is recorded, beside the request log. */
    private record Records(Optional<Ledger> ledger, Optional<Traces> traces) {
        static final Records NONE = new Records(Optional.empty(), Optional.empty());
    }

    /** Makes the backend, with files in a directory that is deleted at the end. */
    @FunctionalInterface
    interface Opening {
        Backend open(Path directory, Machine machine) throws IOException;
    }

    private static final long MEMORY_BYTES = 4L << 30;

    private ServerUnderTest(
            ModelFile model,
            Limits limits,
            HttpListener.Bounds bounds,
            RunOptions options,
            List<String> keys)
            throws IOException {
        this(
                model,
                limits,
                bounds,
                options,
                Gates.of(keys),
                () -> KernelChoice.of(""),
                Records.NONE);
    }

    private ServerUnderTest(
            ModelFile model,
            Limits limits,
            HttpListener.Bounds bounds,
            RunOptions options,
            Gate gate,
            Supplier<Kernels> kernels,
            Records records)
            throws IOException {
        this(
                (directory, machine) -> {
                    Path file = directory.resolve("tiny.gguf");
                    model.put(file);
                    return ModelBackend.load(
                            file, new ModelCard.Names("tiny", List.of("little")), options, machine);
                },
                limits,
                bounds,
                gate,
                kernels,
                records);
    }

    private ServerUnderTest(
            Opening opening,
            Limits limits,
            HttpListener.Bounds bounds,
            Gate gate,
            Supplier<Kernels> kernels,
            Records records)
            throws IOException {
        directory = Files.createTempDirectory("tramontane");
        Machine machine = new Machine(2, MEMORY_BYTES, kernels, CLOCK);
        backend = opening.open(directory, machine);
        Environment environment =
                new Environment(CLOCK, () -> System.nanoTime() + skippedNanos.get(), new Random(7));
        ModelNames names = new ModelNames(() -> named(backend.models()), () -> true);
        inFlight = new InFlight(limits.requests());
        RequestLog log = new RequestLog(LOG_BYTES, records.ledger, CLOCK, System::nanoTime);
        Intake intake = new Intake(limits, inFlight, machine.cores());
        Telemetry telemetry =
                new Telemetry(
                        new ServerGauges(
                                "test",
                                () ->
                                        backend.occupancies().entrySet().stream()
                                                .map(each ->
                                                        new ModelLoad(
                                                                each.getKey(), each.getValue()))
                                                .toList(),
                                inFlight::count,
                                backend instanceof RoutedBackend routed
                                        ? new UpstreamGauges(routed::statuses, routed::counts)
                                        : UpstreamGauges.NONE,
                                GatewayGauges.NONE),
                        records.traces,
                        Optional.of(new AccessLog(accessLog)));
        Completions completions = new Completions(names, backend, environment);
        // Named with its package, because the tests have a class of the same name.
        var answers = new tramontane.endpoint.Answers(environment, intake, log);
        routes =
                new Routes(
                        gate,
                        names,
                        new Operations(backend, inFlight, telemetry::metrics, log::trouble, false),
                        new Routes.Api(
                                new ChatCompletions(
                                        completions,
                                        answers,
                                        card -> TinyFiles.fingerprint(backend, card)),
                                new Embeddings(completions, answers),
                                new ImageRules(machine.images(), limits)),
                        new Extensions(
                                new Inspect(names, backend, intake),
                                log,
                                inFlight,
                                environment,
                                limits),
                        environment);
        listener =
                new HttpListener(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        inFlight,
                        bounds);
        listener.start(
                new Observed(
                        routes,
                        inFlight,
                        telemetry,
                        name -> names.find(name).map(ModelCard::id),
                        environment));
    }

    /** Lets this much time pass for the limits of answers, without waiting. */
    void skip(Duration time) {
        skippedNanos.addAndGet(time.toNanos());
    }

    static ServerUnderTest start() throws IOException {
        return start(LIMITS, HttpListener.Bounds.DEFAULT);
    }

    static ServerUnderTest start(Limits limits, HttpListener.Bounds bounds) throws IOException {
        return new ServerUnderTest(ServerUnderTest::putTiny, limits, bounds, options(4), List.of());
    }

    private static ServerUnderTest tiny(
            Limits limits, Gate gate, Supplier<Kernels> kernels, Records records)
            throws IOException {
        return new ServerUnderTest(
                ServerUnderTest::putTiny,
                limits,
                HttpListener.Bounds.DEFAULT,
                options(4),
                gate,
                kernels,
                records);
    }

    static ServerUnderTest withKey(String key) throws IOException {
        return withKeys(key);
    }

    /** Keys and limits of the test's own. */
    static ServerUnderTest behind(Gate gate) throws IOException {
        return tiny(LIMITS, gate, () -> KernelChoice.of(""), Records.NONE);
    }

    static ServerUnderTest withKeys(String... keys) throws IOException {
        return new ServerUnderTest(
                ServerUnderTest::putTiny,
                LIMITS,
                HttpListener.Bounds.DEFAULT,
                options(4),
                List.of(keys));
    }

    /** Accepts OpenAI's fields. */
    static ServerUnderTest openAi(Limits limits) throws IOException {
        return tiny(limits, Gates.openAi(), () -> KernelChoice.of(""), Records.NONE);
    }

    /** Accepts OpenAI's fields, with a model that reads conversations by another template. */
    static ServerUnderTest openAiWithTemplate(String template, Limits limits) throws IOException {
        return new ServerUnderTest(
                withTemplate(template),
                limits,
                HttpListener.Bounds.DEFAULT,
                options(4),
                Gates.openAi(),
                () -> KernelChoice.of(""),
                Records.NONE);
    }

    static ServerUnderTest oneAtATime() throws IOException {
        return new ServerUnderTest(
                ServerUnderTest::putTiny,
                LIMITS,
                HttpListener.Bounds.DEFAULT,
                options(1),
                List.of());
    }

    /** Any backend, with kernels of the test's own. */
    static ServerUnderTest with(Opening opening, Supplier<Kernels> kernels) throws IOException {
        return new ServerUnderTest(
                opening,
                LIMITS,
                HttpListener.Bounds.DEFAULT,
                Gates.of(List.of()),
                kernels,
                Records.NONE);
    }

    /** Any backend, with keys and limits. */
    static ServerUnderTest with(Opening opening, Gate gate) throws IOException {
        return with(opening, gate, Records.NONE);
    }

    /** Any backend, with keys, limits and a ledger, which the test closes. */
    static ServerUnderTest with(Opening opening, Gate gate, Ledger ledger) throws IOException {
        return with(opening, gate, new Records(Optional.of(ledger), Optional.empty()));
    }

    private static ServerUnderTest with(Opening opening, Gate gate, Records records)
            throws IOException {
        return new ServerUnderTest(
                opening,
                LIMITS,
                HttpListener.Bounds.DEFAULT,
                gate,
                () -> KernelChoice.of(""),
                records);
    }

    /** A tiny model with kernels of the test's own. */
    static ServerUnderTest withKernels(Kernels kernels) throws IOException {
        return withKernels(kernels, LIMITS);
    }

    static ServerUnderTest withKernels(Kernels kernels, Limits limits) throws IOException {
        return tiny(limits, Gates.of(List.of()), () -> kernels, Records.NONE);
    }

    /** A tiny model, kernels of the test's own, and a ledger, which the test closes. */
    static ServerUnderTest withLedger(Ledger ledger, Kernels kernels) throws IOException {
        return tiny(
                LIMITS,
                Gates.of(List.of()),
                () -> kernels,
                new Records(Optional.of(ledger), Optional.empty()));
    }

    /** A tiny model whose requests are traced. */
    static ServerUnderTest traced(Traces traces) throws IOException {
        return tiny(
                LIMITS,
                Gates.of(List.of()),
                () -> KernelChoice.of(""),
                new Records(Optional.empty(), Optional.of(traces)));
    }

    /** A tiny model that reads conversations by another template. */
    static ServerUnderTest withTemplate(String template, Limits limits) throws IOException {
        return new ServerUnderTest(
                withTemplate(template), limits, HttpListener.Bounds.DEFAULT, options(4), List.of());
    }

    private static ModelFile withTemplate(String template) {
        return path -> {
            TinyModel.of(Architecture.LLAMA)
                    .gguf()
                    .put("tokenizer.chat_template", template)
                    .write(path);
            age(path);
        };
    }

    /** A tiny model with Mistral's control tokens, which reads conversations by this template. */
    static ServerUnderTest mistral(String template) throws IOException {
        ModelFile model =
                path -> {
                    TinyFiles.putMistral(template, path);
                    age(path);
                };
        return new ServerUnderTest(
                model, LIMITS, HttpListener.Bounds.DEFAULT, options(4), List.of());
    }

    /** A tiny embedding model, behind keys and limits of the test's own. */
    static ServerUnderTest embedding(Gate gate, Kernels kernels, Optional<Ledger> ledger)
            throws IOException {
        return new ServerUnderTest(
                path -> age(TinyEncoder.ofMean().write(path)),
                LIMITS,
                HttpListener.Bounds.DEFAULT,
                options(4),
                gate,
                () -> kernels,
                new Records(ledger, Optional.empty()));
    }

    /** A real model, with a context of this many tokens. */
    static ServerUnderTest withModel(Path file, int context) throws IOException {
        return new ServerUnderTest(
                path -> Files.createSymbolicLink(path, file),
                LIMITS,
                HttpListener.Bounds.DEFAULT,
                new RunOptions(Optional.of(2), Optional.of(context), Optional.of(4)),
                List.of());
    }

    /** A model whose file's template is replaced by this one. */
    static ServerUnderTest givenTemplate(Path file, String template) throws IOException {
        return withSource(file, new TemplateSource.Given(template));
    }

    /** A model whose file's template does not count. */
    static ServerUnderTest withoutTemplate(Path file) throws IOException {
        return withSource(file, new TemplateSource.Absent());
    }

    private static ServerUnderTest withSource(Path file, TemplateSource template)
            throws IOException {
        return new ServerUnderTest(
                path -> Files.createSymbolicLink(path, file),
                LIMITS,
                HttpListener.Bounds.DEFAULT,
                new RunOptions(Optional.of(2), Optional.empty(), Optional.of(4), template),
                List.of());
    }

    private static void putTiny(Path path) throws IOException {
        age(TinyModel.of(Architecture.LLAMA).write(path));
    }

    private static void age(Path path) throws IOException {
        Files.setLastModifiedTime(
                path, java.nio.file.attribute.FileTime.from(Instant.ofEpochSecond(1_700_000_000)));
    }

    private static RunOptions options(int parallel) {
        return new RunOptions(Optional.of(2), Optional.empty(), Optional.of(parallel));
    }

    URI uri(String path) {
        return URI.create("http://127.0.0.1:" + listener.port() + path);
    }

    HttpResponse<String> send(HttpRequest.Builder request)
            throws IOException, InterruptedException {
        return client.send(request.build(), HttpResponse.BodyHandlers.ofString());
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return send(HttpRequest.newBuilder(uri(path)));
    }

    /** Asks for a completion; the JSON is written with single quotes. */
    HttpResponse<String> complete(String json) throws IOException, InterruptedException {
        return send(
                HttpRequest.newBuilder(uri("/v1/chat/completions"))
                        .POST(HttpRequest.BodyPublishers.ofString(json.replace('\'', '"'))));
    }

    static JsonNode json(HttpResponse<String> response) {
        return JsonMapper.shared().readTree(response.body());
    }

    /** A connection for talk that no HTTP client would send. */
    Socket connect() throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), listener.port());
    }

    /** Likewise, from another address of this machine. */
    Socket connect(String from) throws IOException {
        return new Socket(
                InetAddress.getLoopbackAddress(), listener.port(), InetAddress.getByName(from), 0);
    }

    void awaitInFlight(int requests) throws InterruptedException {
        while (inFlight.count() < requests) {
            Thread.sleep(5);
        }
    }

    void awaitNobodyInFlight() throws InterruptedException {
        while (inFlight.count() > 0) {
            Thread.sleep(5);
        }
    }

    boolean stop(Duration grace) throws InterruptedException {
        return listener.stop(grace, backend::endAnswers);
    }

    @Override
    public void close() throws IOException, InterruptedException {
        client.close();
        listener.stop(Duration.ZERO, backend::endAnswers);
        backend.close();
        try (Stream<Path> files = Files.list(directory)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(directory);
    }

    /** The models of a pool get an alias each, as the settings would give them. */
    private static List<ModelCard> named(List<ModelCard> cards) {
        return cards.stream()
                .map(card ->
                        card.aliases().isEmpty()
                                ? card.withAliases(List.of(card.id() + "-alias"))
                                : card)
                .toList();
    }
}
