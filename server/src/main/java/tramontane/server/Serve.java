package tramontane.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import tramontane.access.KeyRing;
import tramontane.backend.LocalBackend;
import tramontane.backend.Machine;
import tramontane.endpoint.ChatCompletions;
import tramontane.endpoint.Extensions;
import tramontane.endpoint.InFlight;
import tramontane.endpoint.Inspect;
import tramontane.endpoint.Intake;
import tramontane.endpoint.Limits;
import tramontane.endpoint.ModelNames;
import tramontane.endpoint.Routes;
import tramontane.endpoint.Surroundings;
import tramontane.usage.RequestLog;

/** {@code serve}: loads a model and answers over HTTP until it is told to stop. */
@Command(
        name = "serve",
        description = {
            "Answer Mistral's Chat Completion API over HTTP.",
            "",
            "The model is fetched at first use. On this machine no key is asked for; with --api-key, or on an"
                    + " address that others can reach, every request needs one.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        footer = {
            "",
            "Examples:",
            "  ./tramontane serve                                  the default model on http://127.0.0.1:8000",
            "  ./tramontane serve --model smollm2-135m --port 9000",
            "  ./tramontane serve --model ~/models/my.gguf --alias my-model",
            "  ./tramontane serve --model my.gguf --chat-template my.jinja",
            "  ./tramontane serve --host 0.0.0.0 --api-key SECRET  open to other machines",
            "",
            "Then:",
            "  curl http://127.0.0.1:8000/v1/chat/completions \\",
            "    -d '{\"model\":\"mistral-small-latest\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'",
        })
final class Serve implements Callable<Integer> {
    /** How long a server whose engine has failed still says so. */
    private static final Duration LINGER = Duration.ofSeconds(5);

    @Mixin private ModelOptions model = new ModelOptions();

    @Option(
            names = "--host",
            defaultValue = "127.0.0.1",
            paramLabel = "HOST",
            description = "Address to listen on (default: ${DEFAULT-VALUE}, this machine only).")
    private String host = "127.0.0.1";

    @Option(
            names = "--port",
            defaultValue = "8000",
            paramLabel = "PORT",
            converter = OptionRange.Port.class,
            description = "Port to listen on; 0 takes a free one (default: ${DEFAULT-VALUE}).")
    private int port = 8000;

    @Option(
            names = "--api-key",
            paramLabel = "KEY",
            description =
                    "Ask every request for this key, also on this machine. May be given several times;"
                            + " TRAMONTANE_API_KEY in the environment does the same and shows in no process list.")
    private List<String> apiKeys = new ArrayList<>();

    @Option(
            names = "--alias",
            paramLabel = "NAME",
            description = "Another name the model answers to. May be given several times.")
    private List<String> aliases = new ArrayList<>();

    @Option(
            names = "--no-hosted-names",
            description =
                    "Do not answer to the hosted service's model names, such as mistral-small-latest.")
    private boolean noHostedNames;

    @Option(
            names = "--max-body-mib",
            paramLabel = "MIB",
            converter = OptionRange.BodyMib.class,
            description =
                    "Longest request body taken (default: 32, less where the Java heap is small).")
    private Optional<Integer> bodyMib = Optional.empty();

    @Option(
            names = "--connections-per-address",
            paramLabel = "N",
            converter = OptionRange.Connections.class,
            description =
                    "Connections that one address may keep open; its idle ones are closed for new ones. Raise it"
                            + " where a proxy passes on more (default: ${DEFAULT-VALUE}).")
    private int connectionsPerAddress = HttpListener.Bounds.PER_ADDRESS;

    @Option(
            names = "--log-bodies",
            defaultValue = "0",
            paramLabel = "MIB",
            converter = OptionRange.LogMib.class,
            description =
                    "Keep requests and answers in the request log, at most so many MiB of each key and in memory"
                            + " only (default: 0, none).")
    private int logBodiesMib;

    @Option(
            names = "--grace-seconds",
            defaultValue = "30",
            paramLabel = "S",
            converter = OptionRange.Seconds.class,
            description =
                    "How long answers in flight may go on after a SIGTERM (default: ${DEFAULT-VALUE}).")
    private int graceSeconds = 30;

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() throws Complaint, InterruptedException {
        InetSocketAddress address = address();
        checkFree(address);
        Machine machine = ThisMachine.measure();
        UserFiles files = UserFiles.ofThisUser();
        SecureRandom random = new SecureRandom();
        ServerKeys keys =
                ServerKeys.of(
                        apiKeys,
                        System.getenv(),
                        address.getAddress().isLoopbackAddress(),
                        Terminal.isThere(),
                        files,
                        random);
        PrintWriter out = spec.commandLine().getOut();
        Limits limits = limits();
        InFlight inFlight = new InFlight(limits.requests());
        // Jetty's classes take a tenth of a second to get ready, beside the model none.
        CompletableFuture<HttpListener> ready =
                CompletableFuture.supplyAsync(() -> new HttpListener(address, inFlight, bounds()));
        try (LocalBackend backend =
                model.load(machine, ModelStore.of(files, System.getenv()), aliases, out)) {
            Surroundings surroundings =
                    new Surroundings(InstantSource.system(), System::nanoTime, random);
            ModelNames names = new ModelNames(backend.models(), !noHostedNames);
            RequestLog log =
                    new RequestLog(
                            (long) logBodiesMib << 20, surroundings.clock(), surroundings.nanos());
            Intake intake = new Intake(limits, inFlight, machine.cores());
            Routes routes =
                    new Routes(
                            new KeyRing(keys.asked()),
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
            HttpListener listener = ready.join();
            listen(listener, routes, address);
            Greeting.print(out, address, listener.port(), keys);
            return waitForEnd(backend, listener);
        }
    }

    private Limits limits() {
        long heap = Runtime.getRuntime().maxMemory();
        return Limits.of(bodyMib.map(mib -> mib << 20).orElse(Limits.bodyBytesDefault(heap)), heap);
    }

    private HttpListener.Bounds bounds() {
        return HttpListener.Bounds.DEFAULT.with(
                ThisMachine.connections(HttpListener.Bounds.DEFAULT.connections()),
                connectionsPerAddress);
    }

    private InetSocketAddress address() throws Complaint {
        if (aliases.stream().anyMatch(String::isBlank)) {
            throw new CommandLine.ParameterException(spec.commandLine(), "--alias is empty");
        }
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            throw new Complaint("--host " + host + " is no address of this machine: no such name");
        }
        return address;
    }

    /**
     * Finds out whether the address can be listened on before a model is fetched and loaded. The
     * socket is closed again, because a client should not connect before it can be answered.
     */
    private static void checkFree(InetSocketAddress address) throws Complaint {
        try (ServerSocket socket = new ServerSocket()) {
            socket.setReuseAddress(true);
            socket.bind(address);
        } catch (IOException e) {
            throw cannotListen(address, e);
        }
    }

    private static void listen(HttpListener listener, Routes routes, InetSocketAddress address)
            throws Complaint {
        try {
            listener.start(routes);
        } catch (IOException e) {
            throw cannotListen(address, e);
        }
    }

    private static Complaint cannotListen(InetSocketAddress address, IOException cause) {
        return new Complaint(
                "cannot listen on "
                        + address.getHostString()
                        + ":"
                        + address.getPort()
                        + ": "
                        + cause.getMessage()
                        + "; --port 0 takes a free port");
    }

    /**
     * Returns the exit status when a signal has come, or when the engine has failed, and the
     * answers in flight are complete or their grace is over.
     *
     * <p>With a failed engine the server answers with 503 and the reason for {@link #LINGER}, so
     * that clients and health checks learn it, and then ends, so that a supervisor starts it again.
     */
    private int waitForEnd(LocalBackend backend, HttpListener listener)
            throws InterruptedException {
        CountDownLatch ended = new CountDownLatch(1);
        CountDownLatch signalled = new CountDownLatch(1);
        CountDownLatch stopped = new CountDownLatch(1);
        backend.whenFailed(reason -> ended.countDown());
        Thread hook =
                new Thread(() -> {
                    signalled.countDown();
                    ended.countDown();
                    try {
                        // The virtual machine ends when its hooks have, so this one stays until the
                        // model is closed.
                        boolean unused =
                                stopped.await(
                                        graceSeconds + HttpListener.LAST_WORDS.toSeconds() + 5L,
                                        TimeUnit.SECONDS);
                    } catch (InterruptedException e) {
                        Thread.currentThread().interrupt();
                    }
                });
        Runtime.getRuntime().addShutdownHook(hook);
        ended.await();
        PrintWriter err = spec.commandLine().getErr();
        Optional<String> failure = backend.failure();
        if (failure.isPresent()) {
            err.println("tramontane: " + failure.get() + "; the server ends");
            boolean unused = signalled.await(LINGER.toSeconds(), TimeUnit.SECONDS);
        }
        if (!listener.stop(Duration.ofSeconds(graceSeconds), backend::endAnswers)) {
            err.println("Some answers were cut short after " + graceSeconds + " s.");
        }
        stopped.countDown();
        return failure.isPresent() ? 1 : 0;
    }
}
