package tramontane.server;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Supplier;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.access.KeyRing;
import tramontane.backend.LocalBackend;
import tramontane.backend.Machine;
import tramontane.backend.RunOptions;
import tramontane.chat.TemplateSource;
import tramontane.endpoint.ChatCompletions;
import tramontane.endpoint.Extensions;
import tramontane.endpoint.InFlight;
import tramontane.endpoint.Inspect;
import tramontane.endpoint.Intake;
import tramontane.endpoint.Limits;
import tramontane.endpoint.ModelNames;
import tramontane.endpoint.Routes;
import tramontane.endpoint.Surroundings;
import tramontane.kernel.KernelChoice;
import tramontane.kernel.Kernels;
import tramontane.testkit.Architecture;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.MistralVocabulary;
import tramontane.testkit.TinyModel;
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

    private final Path directory;
    private final LocalBackend backend;
    private final HttpListener listener;
    private final HttpClient client = HttpClient.newHttpClient();
    final InFlight inFlight;

    /** Puts a model file where it is told to. */
    @FunctionalInterface
    private interface ModelFile {
        void put(Path path) throws IOException;
    }

    private static final long MEMORY_BYTES = 4L << 30;

    /** Real templates of this family have system prompts of two thousand letters. */
    private static final int MISTRAL_CONTEXT = 8_192;

    private ServerUnderTest(
            ModelFile model,
            Limits limits,
            HttpListener.Bounds bounds,
            RunOptions options,
            List<String> keys)
            throws IOException {
        this(model, limits, bounds, options, keys, () -> KernelChoice.of(""));
    }

    private ServerUnderTest(
            ModelFile model,
            Limits limits,
            HttpListener.Bounds bounds,
            RunOptions options,
            List<String> keys,
            Supplier<Kernels> kernels)
            throws IOException {
        directory = Files.createTempDirectory("tramontane");
        Path file = directory.resolve("tiny.gguf");
        model.put(file);
        InstantSource clock = InstantSource.fixed(Instant.ofEpochSecond(1_800_000_000));
        Machine machine = new Machine(2, MEMORY_BYTES, kernels, clock);
        backend = LocalBackend.load(file, "tiny", List.of("little"), options, machine);
        Surroundings surroundings = new Surroundings(clock, System::nanoTime, new Random(7));
        ModelNames names = new ModelNames(backend.models(), true);
        inFlight = new InFlight(limits.requests());
        RequestLog log = new RequestLog(LOG_BYTES, clock, System::nanoTime);
        Intake intake = new Intake(limits, inFlight, machine.cores());
        Routes routes =
                new Routes(
                        new KeyRing(keys),
                        names,
                        backend,
                        new ChatCompletions(names, backend, surroundings, intake, log),
                        new Extensions(
                                new Inspect(names, backend, intake),
                                log,
                                inFlight,
                                surroundings,
                                limits),
                        inFlight,
                        surroundings);
        listener =
                new HttpListener(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        inFlight,
                        bounds);
        listener.start(routes);
    }

    static ServerUnderTest start() throws IOException {
        return start(LIMITS, HttpListener.Bounds.DEFAULT);
    }

    static ServerUnderTest start(Limits limits, HttpListener.Bounds bounds) throws IOException {
        return new ServerUnderTest(ServerUnderTest::putTiny, limits, bounds, options(4), List.of());
    }

    static ServerUnderTest withKey(String key) throws IOException {
        return new ServerUnderTest(
                ServerUnderTest::putTiny,
                LIMITS,
                HttpListener.Bounds.DEFAULT,
                options(4),
                List.of(key));
    }

    static ServerUnderTest withKeys(String... keys) throws IOException {
        return new ServerUnderTest(
                ServerUnderTest::putTiny,
                LIMITS,
                HttpListener.Bounds.DEFAULT,
                options(4),
                List.of(keys));
    }

    static ServerUnderTest oneAtATime() throws IOException {
        return new ServerUnderTest(
                ServerUnderTest::putTiny,
                LIMITS,
                HttpListener.Bounds.DEFAULT,
                options(1),
                List.of());
    }

    /** A tiny model with kernels of the test's own. */
    static ServerUnderTest withKernels(Kernels kernels) throws IOException {
        return new ServerUnderTest(
                ServerUnderTest::putTiny,
                LIMITS,
                HttpListener.Bounds.DEFAULT,
                options(4),
                List.of(),
                () -> kernels);
    }

    /** A tiny model that reads conversations by another template. */
    static ServerUnderTest withTemplate(String template, Limits limits) throws IOException {
        ModelFile model =
                path -> {
                    TinyModel.of(Architecture.LLAMA)
                            .gguf()
                            .put("tokenizer.chat_template", template)
                            .write(path);
                    age(path);
                };
        return new ServerUnderTest(
                model, limits, HttpListener.Bounds.DEFAULT, options(4), List.of());
    }

    /** A tiny model with Mistral's control tokens, which reads conversations by this template. */
    static ServerUnderTest mistral(String template) throws IOException {
        ModelFile model =
                path -> {
                    GgufWriter file = TinyModel.of(Architecture.MISTRAL3).gguf();
                    MistralVocabulary.putInto(file)
                            .put("tokenizer.chat_template", template)
                            .put("mistral3.context_length", MISTRAL_CONTEXT)
                            .write(path);
                    age(path);
                };
        return new ServerUnderTest(
                model, LIMITS, HttpListener.Bounds.DEFAULT, options(4), List.of());
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

    static String request(String json) {
        String body = json.replace('\'', '"');
        return "POST /v1/chat/completions HTTP/1.1\r\nHost: localhost\r\nContent-Length: "
                + body.getBytes(StandardCharsets.UTF_8).length
                + "\r\n\r\n"
                + body;
    }

    static void write(Socket socket, String text) throws IOException {
        socket.getOutputStream().write(text.getBytes(StandardCharsets.UTF_8));
        socket.getOutputStream().flush();
    }

    /** Everything until the server closes; a reset ends it as well. */
    static String readToEnd(Socket socket) throws IOException {
        StringBuilder text = new StringBuilder();
        InputStream in = socket.getInputStream();
        try {
            byte[] block = in.readNBytes(1);
            while (block.length > 0) {
                text.append(new String(block, StandardCharsets.UTF_8));
                block = in.readNBytes(Math.max(1, in.available()));
            }
        } catch (java.net.SocketException reset) {
            text.append("<reset>");
        }
        return text.toString();
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
        Files.deleteIfExists(directory.resolve("tiny.gguf"));
        Files.delete(directory);
    }
}
