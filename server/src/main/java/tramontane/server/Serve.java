package tramontane.server;

import java.io.PrintWriter;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.Machine;
import tramontane.completion.Environment;
import tramontane.config.Configuration;
import tramontane.config.Settings;
import tramontane.endpoint.InFlight;
import tramontane.endpoint.Limits;
import tramontane.image.ImageHosts;
import tramontane.image.ImageIntake;
import tramontane.ledger.Ledger;
import tramontane.store.Database;
import tramontane.upstream.RoutedBackend;

/** {@code serve}: loads a model and serves the API until it is stopped. */
@Command(
        name = "serve",
        description = {
            "Answer Mistral's Chat Completion API over HTTP.",
            "",
            "The model is fetched at first use. On this machine no key is asked for; with --api-key, or on an"
                    + " address that others can reach, every request needs one.",
            "",
            "./tramontane config --help lists all settings: also those of TLS, CORS and timeouts.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        modelTransformer = SettingOptions.OfServer.class,
        footer = {
            "",
            "Examples:",
            "  ./tramontane serve                                  the default model on http://127.0.0.1:8000",
            "  ./tramontane serve --model smollm2-135m --port 9000",
            "  ./tramontane serve --model ~/models/my.gguf --alias my-model",
            "  ./tramontane serve --model qwen2.5-coder-0.5b --model smollm2-135m",
            "  ./tramontane serve --model my.gguf --chat-template my.jinja",
            "  ./tramontane serve --upstream big=vllm+http://10.0.0.1:8000   a model that another server runs",
            "  ./tramontane serve --host 0.0.0.0 --api-key SECRET  open to other machines",
            "",
            "Then:",
            "  curl http://127.0.0.1:8000/v1/chat/completions \\",
            "    -d '{\"model\":\"mistral-small-latest\",\"messages\":[{\"role\":\"user\",\"content\":\"Hello\"}]}'",
        })
final class Serve implements Callable<Integer> {
    /**
     * So that sums of small files, and those that are stored, are known before the first answer.
     * Others are not worth a later start.
     */
    private static final Duration SUM_TIME = Duration.ofMillis(100);

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() throws Complaint, InterruptedException {
        return run(
                SettingOptions.sources(spec, System.getenv()),
                spec.commandLine().getOut(),
                spec.commandLine().getErr());
    }

    /**
     * Serves until the server is stopped.
     *
     * @return the exit status
     */
    static int run(Configuration.Sources sources, PrintWriter out, PrintWriter err)
            throws Complaint, InterruptedException {
        WatchedFiles watched = new WatchedFiles();
        watched.add(sources.file().stream().toList());
        Configuration configuration = SettingSources.read(sources);
        Config.warn(configuration, err);
        Thread.setDefaultUncaughtExceptionHandler(new FailedThread(err));
        watched.add(TlsFiles.paths(configuration));
        watched.add(UpstreamOptions.keyFiles(configuration));
        UserFiles files = UserFiles.ofThisUser();
        SettingsCheck check = new SettingsCheck(files, System.getenv(), out);
        check.run(configuration);
        ListenAddress address = ListenAddress.of(configuration);
        address.checkFree();
        Optional<Tls> tls = Tls.of(configuration);
        Machine machine = machine(configuration);
        SecureRandom random = new SecureRandom();
        ServerKeys keys = keys(configuration, address, files, random);
        Limits limits = ServedApi.limits(configuration);
        InFlight inFlight = new InFlight(limits.requests());
        LedgerOptions ledgerOptions = LedgerOptions.of(configuration);
        Optional<SharedDatabase> database =
                SharedDatabase.open(ledgerOptions.address(), files, System.getenv());
        Optional<Ledger> ledger = ledger(ledgerOptions, database, files);
        // Loading Jetty's classes takes a tenth of a second, so it runs while the model loads.
        CompletableFuture<HttpListener> ready =
                CompletableFuture.supplyAsync(() ->
                        new HttpListener(address.socket(), inFlight, bounds(configuration), tls));
        Environment environment = new Environment(InstantSource.system(), System::nanoTime, random);
        ServedApi.Records records = records(configuration, ledger);
        ModelStore store = ModelStore.of(files, System.getenv());
        try (ServedModels.Running running = served(configuration).open(machine, store, out);
                KeyAccess access =
                        KeyAccess.open(
                                opened(database),
                                keys.asked(),
                                configuration.get(Settings.ADMIN_KEY),
                                environment)) {
            RoutedBackend models = running.backend();
            ServedApi.Parts parts =
                    new ServedApi.Parts(
                            running, access, records, inFlight, limits, environment, machine);
            ServedApi api = new ServedApi(configuration, keys.asked(), parts);
            boolean unused = sum(running, ledger, store).join(SUM_TIME);
            HttpListener listener = ready.join();
            address.listen(listener, api.handler());
            new ConfigReload(
                            sources,
                            configuration,
                            new ConfigReload.Target(
                                    changed -> check.runWithHeaders(changed, machine),
                                    api,
                                    tls,
                                    changed -> keys(changed, address, files, random).asked(),
                                    changed -> {
                                        served(changed).replaceIn(running, machine, store, out);
                                        sum(running, ledger, store);
                                    }))
                    .start(watched, Terminal.isThere());
            Greeting.print(
                    out,
                    address.url(tls.isPresent(), listener.port()),
                    keys.asked().isEmpty() && access.asksForKey() ? keys.ofDatabase() : keys,
                    example(configuration, models),
                    served(configuration).better(machine, store));
            return new Shutdown(models, listener, records, access, grace(configuration)).await(err);
        }
    }

    private static Machine machine(Configuration configuration) throws Complaint {
        return ThisMachine.measure()
                .withImages(
                        ImageIntake.of(
                                imageHosts(configuration), Runtime.getRuntime().maxMemory()));
    }

    private static ImageHosts imageHosts(Configuration configuration) throws Complaint {
        List<String> hosts = configuration.get(Settings.IMAGE_HOSTS);
        for (String host : hosts) {
            if (!ImageHosts.isName(host)) {
                throw new Complaint(
                        "--image-hosts " + host + ": a host's name, or HOST:PORT, is expected");
            }
        }
        return ImageHosts.of(hosts);
    }

    private static ServedModels served(Configuration configuration) {
        return ServedModels.of(configuration, System.getenv());
    }

    private static Optional<Ledger> ledger(
            LedgerOptions options, Optional<SharedDatabase> database, UserFiles files)
            throws Complaint {
        return database.isPresent()
                ? Optional.of(options.start(database.get(), files, InstantSource.system()))
                : Optional.empty();
    }

    private static ServedApi.Records records(Configuration configuration, Optional<Ledger> ledger) {
        return new ServedApi.Records(
                ledger,
                TelemetryOptions.of(configuration).start(System.getenv(), ProductVersion.number()));
    }

    private static Optional<Database> opened(Optional<SharedDatabase> database) throws Complaint {
        return database.isPresent() ? database.get().awaitIfNeeded() : Optional.empty();
    }

    private static Duration grace(Configuration configuration) {
        return Duration.ofSeconds(configuration.get(Settings.GRACE_SECONDS));
    }

    /** The request for the reader to try. */
    private static Greeting.Example example(Configuration configuration, Backend models) {
        ModelCard first = models.models().getFirst();
        boolean embeds = first.abilities().embeds();
        String hosted = embeds ? "mistral-embed" : "mistral-small-latest";
        return new Greeting.Example(
                configuration.get(Settings.HOSTED_NAMES) ? hosted : first.id(), embeds);
    }

    private static Thread sum(
            ServedModels.Running running, Optional<Ledger> ledger, ModelStore store) {
        return new ModelSumming(running.backend(), ledger, running.fingerprints(), store.catalog())
                .start();
    }

    private static ServerKeys keys(
            Configuration configuration,
            ListenAddress address,
            UserFiles files,
            SecureRandom random)
            throws Complaint {
        return ServerKeys.of(
                ServerKeys.Given.of(configuration),
                address.isLoopback(),
                Terminal.isThere(),
                files,
                random);
    }

    private static HttpListener.Bounds bounds(Configuration configuration) {
        return HttpListener.Bounds.of(
                configuration, ThisMachine.connections(Settings.MAX_CONNECTIONS));
    }
}
