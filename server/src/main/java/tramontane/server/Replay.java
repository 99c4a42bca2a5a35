package tramontane.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.sql.SQLException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import tramontane.api.ApiException;
import tramontane.api.ModelCard;
import tramontane.backend.Machine;
import tramontane.backend.ModelBackend;
import tramontane.backend.Projectors;
import tramontane.backend.RunOptions;
import tramontane.chat.TemplateSource;
import tramontane.chat.jinja.TemplateException;
import tramontane.gguf.GgufException;
import tramontane.ledger.LedgerRow;
import tramontane.ledger.RecordedRequest;
import tramontane.model.ModelException;
import tramontane.packed.PackedPlace;
import tramontane.store.Database;

/** {@code replay}: runs a recorded request again and compares the answers. */
@Command(
        name = "replay",
        description = {
            "Run a request of the ledger again and say whether the answer is identical.",
            "",
            "ID is the mistral-correlation-id header of the answer. The server must have kept the request's text:"
                    + " see serve --ledger-text. The model is loaded by this command; no server is needed.",
        },
        mixinStandardHelpOptions = true,
        sortOptions = false,
        exitCodeListHeading = "%nExit status:%n",
        exitCodeList = {" 0:the answer is identical", " 1:it is not, or it could not be compared"},
        footer = {"", "Example:", "  ./tramontane replay 019aab3c-8d1e-7c55-9f2e-6a4d1f0b2c3d"})
final class Replay implements Callable<Integer> {
    @Parameters(paramLabel = "ID", description = "The request's id.")
    private String id = "";

    @Mixin private LedgerAddress address = new LedgerAddress();

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description = "The model, if it is not found by its name: another name, or a path.")
    private Optional<String> model = Optional.empty();

    @Option(
            names = "--chat-template",
            paramLabel = "FILE",
            description = "The template that the server was given, if it was given one.")
    private Optional<Path> chatTemplate = Optional.empty();

    @Option(
            names = "--mmproj",
            paramLabel = "FILE",
            description =
                    "The image encoder that the server was given, or none, if it was given that.")
    private Optional<String> mmproj = Optional.empty();

    @Spec
    @SuppressWarnings("NullAway.Init") // picocli sets it before call
    private CommandSpec spec;

    @Override
    public Integer call() throws Complaint, InterruptedException {
        UserFiles files = UserFiles.ofThisUser();
        RecordedRequest recorded = find(address.open(files, System.getenv()));
        LedgerRow.Served served = comparable(recorded);
        PrintWriter out = spec.commandLine().getOut();
        ModelStore store = ModelStore.of(files, System.getenv());
        Path file = file(store, model.orElse(served.model()), out);
        try {
            RunOptions options = options(served);
            ReplayFiles checked =
                    new ReplayFiles(store.catalog().check(), spec.commandLine().getErr());
            checked.checkModel(recorded, file);
            checked.checkEncoder(recorded, options.projectors().file(served.model(), file));
            ModelCard.Names names = new ModelCard.Names(served.model(), List.of());
            try (ModelBackend backend =
                    ModelBackend.load(file, names, options, machine(recorded))) {
                Replayed replayed = Replayed.run(recorded, backend, new SecureRandom());
                out.println(replayed.verdict());
                out.flush();
                return replayed.isIdentical() ? 0 : 1;
            }
        } catch (ApiException e) {
            throw new Complaint("the request is refused now: " + e.getMessage());
        } catch (TemplateException | IOException | GgufException | ModelException e) {
            throw new Complaint("cannot load " + file + ": " + e.getMessage());
        }
    }

    private RecordedRequest find(Database database) throws Complaint {
        try {
            return RecordedRequest.find(database, id)
                    .orElseThrow(() ->
                            new Complaint("there is no request " + id + " in " + database.url()));
        } catch (SQLException e) {
            throw new Complaint("cannot read " + database.url() + ": " + e.getMessage());
        }
    }

    private static LedgerRow.Served comparable(RecordedRequest recorded) throws Complaint {
        String id = recorded.origin().id();
        if (!recorded.outcome().equals(LedgerRow.Ending.FINISHED.columnValue())) {
            throw new Complaint(
                    "request "
                            + id
                            + " was "
                            + recorded.outcome()
                            + ", so there is no whole answer to compare");
        }
        if (recorded.text().isEmpty()) {
            throw new Complaint(
                    "the text of request "
                            + id
                            + " was not kept, so it cannot be run again; a server started with --ledger-text"
                            + " keeps the text of later ones");
        }
        return recorded.served().orElseThrow();
    }

    private static Path file(ModelStore store, String name, PrintWriter out) throws Complaint {
        try {
            Optional<Path> file = store.locate(name, out);
            if (file.isPresent()) {
                return file.get();
            }
        } catch (InvalidPathException _) {
            // Not a path, and not the name of a model: the same error.
        }
        throw new Complaint(
                "there is no model " + name + " here; --model PATH names the file the server used");
    }

    /** The server's context, which limits an answer without max_tokens. */
    private RunOptions options(LedgerRow.Served served) throws Complaint, IOException {
        TemplateSource template =
                chatTemplate.isPresent()
                        ? new TemplateSource.Given(Files.readString(chatTemplate.get()))
                        : new TemplateSource.OfModel();
        return new RunOptions(
                Optional.empty(),
                Optional.of(served.contextTokens()),
                Optional.of(MAX_PARALLEL),
                template,
                projectors(served.model()),
                Map.of(),
                new PackedPlace.Off());
    }

    /** The option is read as {@code serve} reads it for a model that is served alone. */
    private Projectors projectors(String served) throws Complaint {
        BesideOptions beside = new BesideOptions(mmproj.stream().toList(), List.of(), false);
        Faults faults = new Faults();
        beside.checkServed(List.of(served), faults);
        faults.complain();
        return beside.projectors();
    }

    /** With the time of the request, since templates may write the date into the prompt. */
    private static Machine machine(RecordedRequest recorded) {
        Machine machine = ThisMachine.measure();
        return new Machine(
                machine.cores(),
                machine.availableBytes(),
                machine.kernels(),
                InstantSource.fixed(Instant.ofEpochMilli(recorded.origin().beganMillis())));
    }

    /** The choices of one request are generated together. */
    private static final int MAX_PARALLEL = 16;
}
