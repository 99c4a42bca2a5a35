package tramontane.server;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.server.Handler;
import tramontane.access.AllowedOrigins;
import tramontane.api.FieldSet;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.Machine;
import tramontane.completion.Completions;
import tramontane.completion.Environment;
import tramontane.completion.ModelNames;
import tramontane.config.Configuration;
import tramontane.config.HeapShare;
import tramontane.config.Settings;
import tramontane.endpoint.AnswerTimes;
import tramontane.endpoint.Answers;
import tramontane.endpoint.ChatCompletions;
import tramontane.endpoint.Embeddings;
import tramontane.endpoint.Extensions;
import tramontane.endpoint.ImageRules;
import tramontane.endpoint.InFlight;
import tramontane.endpoint.Inspect;
import tramontane.endpoint.Intake;
import tramontane.endpoint.Limits;
import tramontane.endpoint.Observed;
import tramontane.endpoint.Operations;
import tramontane.endpoint.Routes;
import tramontane.ledger.Ledger;
import tramontane.telemetry.GatewayGauges;
import tramontane.telemetry.ModelLoad;
import tramontane.telemetry.ServerGauges;
import tramontane.telemetry.Telemetry;
import tramontane.telemetry.UpstreamGauges;
import tramontane.usage.RequestLog;

/** The objects that answer requests, wired by the configuration, which may change. */
final class ServedApi {
    /** What the server has before the API is wired. */
    record Parts(
            ServedModels.Running models,
            KeyAccess access,
            Records records,
            InFlight inFlight,
            Limits limits,
            Environment environment,
            Machine machine) {}

    /** Where what becomes of requests is recorded. */
    record Records(Optional<Ledger> ledger, TelemetryOptions.Started telemetry) {
        /** Writes what still waits. */
        void close() throws InterruptedException {
            if (ledger.isPresent()) {
                ledger.get().close();
            }
            telemetry.close();
        }
    }

    private final KeyAccess access;
    private final Backend backend;
    private final Intake intake;
    private final Routes routes;
    private final Handler handler;
    private volatile Map<String, List<String>> aliases = Map.of();
    private volatile boolean hostedNames = true;

    /**
     * @param asked the keys that requests need; empty if they need none
     */
    ServedApi(Configuration configuration, List<String> asked, Parts parts) throws Complaint {
        access = parts.access();
        backend = parts.models().backend();
        Environment environment = parts.environment();
        ModelNames names = new ModelNames(this::cards, () -> hostedNames);
        RequestLog log =
                new RequestLog(
                        (long) configuration.get(Settings.LOG_BODIES) << 20,
                        parts.records().ledger(),
                        environment.clock(),
                        environment.nanos());
        intake = new Intake(parts.limits(), parts.inFlight(), parts.machine().cores());
        Telemetry telemetry = telemetry(parts);
        Completions completions = new Completions(names, backend, environment);
        Answers answers = new Answers(environment, intake, log);
        routes =
                new Routes(
                        access.gate(),
                        names,
                        new Operations(
                                backend,
                                parts.inFlight(),
                                telemetry::metrics,
                                () -> log.trouble().or(access::trouble),
                                configuration.get(Settings.OPEN_METRICS)),
                        new Routes.Api(
                                new ChatCompletions(
                                        completions, answers, parts.models().fingerprints()::of),
                                new Embeddings(completions, answers),
                                new ImageRules(parts.machine().images(), parts.limits())),
                        new Extensions(
                                new Inspect(names, backend, intake),
                                log,
                                parts.inFlight(),
                                environment,
                                parts.limits()),
                        environment);
        handler =
                new Observed(
                        routes,
                        parts.inFlight(),
                        telemetry,
                        name -> names.find(name).map(ModelCard::id),
                        environment);
        apply(configuration, asked);
    }

    private static Telemetry telemetry(Parts parts) throws Complaint {
        ServerGauges gauges =
                new ServerGauges(
                        ProductVersion.number(),
                        () ->
                                parts.models().backend().occupancies().entrySet().stream()
                                        .map(each -> new ModelLoad(each.getKey(), each.getValue()))
                                        .toList(),
                        parts.inFlight()::count,
                        new UpstreamGauges(
                                parts.models().backend()::statuses,
                                parts.models().backend()::counts),
                        new GatewayGauges(
                                parts.access()::gateways,
                                () -> parts.records().ledger().map(Ledger::waitingRows).orElse(0)));
        TelemetryOptions.Started started = parts.records().telemetry();
        return new Telemetry(gauges, started.awaitTraces(), started.accessLog());
    }

    Handler handler() {
        return handler;
    }

    /** Puts the settings that can change while the server runs in force. */
    void apply(Configuration configuration, List<String> asked) throws Complaint {
        aliases =
                Aliases.of(
                        configuration.get(Settings.ALIAS),
                        backend.models().stream().map(ModelCard::id).toList());
        access.replaceGiven(asked);
        access.accept(
                configuration.get(Settings.OPENAI_FIELDS)
                        ? FieldSet.WITH_OPENAI
                        : FieldSet.MISTRAL);
        hostedNames = configuration.get(Settings.HOSTED_NAMES);
        routes.allow(new AllowedOrigins(configuration.get(Settings.CORS_ORIGINS)));
        intake.changeTimes(bodyTime(configuration), times(configuration));
    }

    /** The models with the aliases of the configuration. */
    private List<ModelCard> cards() {
        Map<String, List<String>> named = aliases;
        return backend.models().stream()
                .map(card -> card.withAliases(named.getOrDefault(card.id(), List.of())))
                .toList();
    }

    static Limits limits(Configuration configuration) {
        long heap = Runtime.getRuntime().maxMemory();
        int bodyBytes =
                configuration
                        .get(Settings.MAX_BODY_MIB)
                        .map(mib -> mib << 20)
                        .orElse(HeapShare.bodyBytesDefault(heap));
        return Limits.of(bodyBytes, heap).with(bodyTime(configuration), times(configuration));
    }

    private static Duration bodyTime(Configuration configuration) {
        return Duration.ofSeconds(configuration.get(Settings.BODY_SECONDS));
    }

    private static AnswerTimes times(Configuration configuration) {
        return new AnswerTimes(
                Duration.ofSeconds(configuration.get(Settings.FIRST_TOKEN_SECONDS)),
                Duration.ofSeconds(configuration.get(Settings.REQUEST_SECONDS)),
                Duration.ofSeconds(configuration.get(Settings.WRITE_SECONDS)));
    }
}
