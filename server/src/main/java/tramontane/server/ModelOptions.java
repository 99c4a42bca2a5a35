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
import tramontane.api.ModelCard;
import tramontane.backend.Machine;
import tramontane.backend.ModelBackend;
import tramontane.backend.RunOptions;
import tramontane.catalog.CatalogEntry;
import tramontane.chat.ChatTemplate;
import tramontane.chat.TemplateSource;
import tramontane.chat.jinja.TemplateException;
import tramontane.config.Configuration;
import tramontane.config.Settings;
import tramontane.engine.MemoryPlan;
import tramontane.gguf.GgufException;
import tramontane.gguf.SplitName;
import tramontane.model.ModelException;
import tramontane.packed.PackedPlace;

/**
 * The settings of the models to run.
 *
 * @param models names or paths; empty for the default model
 * @param chatTemplate a file, or the word none; empty for the model's own
 * @param beside image encoders and draft models
 * @param packedCache a folder, or on, or off
 */
record ModelOptions(
        List<String> models,
        Optional<Integer> threads,
        Optional<Integer> context,
        Optional<Integer> parallel,
        Optional<String> chatTemplate,
        BesideOptions beside,
        String packedCache) {
    private static final String EXTENSION = ".gguf";

    static ModelOptions of(Configuration configuration) {
        return new ModelOptions(
                configuration.get(Settings.MODEL),
                configuration.get(Settings.THREADS),
                configuration.get(Settings.CONTEXT),
                configuration.get(Settings.PARALLEL),
                configuration.get(Settings.CHAT_TEMPLATE),
                BesideOptions.of(configuration),
                configuration.get(Settings.PACKED_CACHE));
    }

    /** A model file and the name that the model is served by. */
    record NamedFile(String name, Path path) {
        static NamedFile of(Path path) {
            String file = path.getFileName().toString();
            Optional<SplitName> split = SplitName.parse(file);
            if (split.isPresent()) {
                return new NamedFile(split.get().model(), path);
            }
            return new NamedFile(
                    file.endsWith(EXTENSION)
                            ? file.substring(0, file.length() - EXTENSION.length())
                            : file,
                    path);
        }

        boolean isNamed(String other) {
            return name.equals(other);
        }
    }

    boolean areSeveral() {
        return models.size() > 1;
    }

    /** Finds the first model, pulls it if necessary, and loads it. */
    ModelBackend load(Machine machine, ModelStore store, PrintWriter out) throws Complaint {
        if (areSeveral()) {
            throw new Complaint(
                    "--model was given " + models.size() + " times, and chat takes one");
        }
        // Faults of the options are said before anything is fetched.
        options(store, out);
        NamedFile file = files(store, out).getFirst();
        return load(file, optionsWithDrafts(store, out), machine, out);
    }

    /** Loads a model. */
    static ModelBackend load(NamedFile file, RunOptions options, Machine machine, PrintWriter out)
            throws Complaint {
        out.println("Loading " + file.name() + " …");
        out.flush();
        try {
            ModelBackend backend =
                    ModelBackend.load(
                            file.path(),
                            new ModelCard.Names(file.name(), List.of()),
                            options,
                            machine);
            print(backend.memory(), out);
            if (!backend.missingInTemplate().isEmpty()) {
                out.println(
                        "The chat template uses what is unknown here: "
                                + String.join(", ", backend.missingInTemplate())
                                + ". Conversations that need it are refused; --chat-template FILE"
                                + " gives another template.");
            }
            return backend;
        } catch (IOException | GgufException | ModelException | TemplateException e) {
            throw cannotLoad(file.path(), e);
        }
    }

    static void print(MemoryPlan memory, PrintWriter out) {
        out.printf(
                "Takes %d MB of memory, for contexts of %d tokens, beside a Java heap of up to %d MB.%n",
                memory.totalBytes() / 1_000_000,
                memory.context(),
                Runtime.getRuntime().maxMemory() / 1_000_000);
    }

    /** Why a model file cannot be loaded, and what to do if it is the template. */
    static Complaint cannotLoad(Path file, Exception cause) {
        String reason = String.valueOf(cause.getMessage());
        if (cause instanceof TemplateException) {
            return new Complaint(
                    "cannot use the chat template in "
                            + file
                            + ": "
                            + reason
                            + "\nGive another with --chat-template FILE, or --chat-template none to serve"
                            + " completions without chat.");
        }
        boolean named = reason.startsWith(file.toString());
        return new Complaint("cannot load " + (named ? "" : file + ": ") + reason);
    }

    /** How the models are to be run, with the draft models that are here. */
    RunOptions options(ModelStore store, PrintWriter out) throws Complaint {
        return new RunOptions(
                threads,
                context,
                parallel,
                template(),
                beside.projectors(),
                beside.drafts(this, store, out),
                packedPlace());
    }

    /** The same with all draft models, which are fetched if they are not here. */
    RunOptions optionsWithDrafts(ModelStore store, PrintWriter out) throws Complaint {
        beside.fetchDrafts(store, out);
        return options(store, out);
    }

    /** These options, with packed weights kept beside each model if nothing else is said. */
    ModelOptions packing() {
        return packedCache.equals("off")
                ? new ModelOptions(models, threads, context, parallel, chatTemplate, beside, "on")
                : this;
    }

    private PackedPlace packedPlace() throws Complaint {
        return switch (packedCache) {
            case "off" -> new PackedPlace.Off();
            case "on" -> new PackedPlace.BesideModel();
            default -> new PackedPlace.Folder(folder(packedCache));
        };
    }

    private static Path folder(String given) throws Complaint {
        try {
            Path folder = Path.of(given);
            if (!Files.isDirectory(folder)) {
                throw new Complaint(
                        "--packed-cache " + given + ": neither on, nor off, nor a folder");
            }
            return folder;
        } catch (InvalidPathException e) {
            throw new Complaint("--packed-cache " + given + ": " + e.getMessage());
        }
    }

    /** Reads and checks the chat template before the model is pulled or loaded. */
    TemplateSource template() throws Complaint {
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

    /** The files of the models, which are pulled if they are not here. */
    List<NamedFile> files(ModelStore store, PrintWriter out) throws Complaint {
        List<NamedFile> files = new ArrayList<>();
        for (String wanted : wanted(store)) {
            files.add(NamedFile.of(file(wanted, store, out)));
        }
        return files;
    }

    /** The files of those models that need not be fetched. */
    List<NamedFile> filesHere(ModelStore store, PrintWriter out) throws Complaint {
        List<NamedFile> files = new ArrayList<>();
        for (String wanted : wanted(store)) {
            locate(wanted, store, out).map(NamedFile::of).ifPresent(files::add);
        }
        return files;
    }

    /** The names that the models are served by, also of those that must be fetched first. */
    List<String> names(ModelStore store, PrintWriter out) throws Complaint {
        List<String> names = new ArrayList<>();
        for (String wanted : wanted(store)) {
            // The catalogue's files have the names of their models, and others keep their own.
            Path file =
                    locate(wanted, store, out)
                            .orElseGet(() -> Path.of(wanted.substring(wanted.indexOf(':') + 1)));
            names.add(NamedFile.of(file).name());
        }
        return names;
    }

    /** Reads the header of a file, to find whether the model can run here. */
    void checkHeader(NamedFile file, RunOptions options, Machine machine) throws Complaint {
        try {
            ModelBackend.outline(
                    file.path(), new ModelCard.Names(file.name(), List.of()), options, machine);
        } catch (IOException | GgufException | ModelException | TemplateException e) {
            throw cannotLoad(file.path(), e);
        }
    }

    private List<String> wanted(ModelStore store) {
        return models.isEmpty() ? List.of(store.catalog().standard().name()) : models;
    }

    private Path file(String wanted, ModelStore store, PrintWriter out) throws Complaint {
        Optional<Path> here = locate(wanted, store, out);
        return here.isPresent()
                ? here.get()
                : store.pull(wanted, beside.fetchesEncoder(wanted), out);
    }

    /**
     * The file of a model; empty if it must be fetched.
     *
     * @throws Complaint if it is neither here nor can be fetched
     */
    static Optional<Path> locate(String wanted, ModelStore store, PrintWriter out)
            throws Complaint {
        Optional<Path> here = store.locate(wanted, out);
        if (here.isPresent()
                || store.catalog().find(wanted).isPresent()
                || wanted.startsWith("hf:")
                || wanted.startsWith("pip:")) {
            return here;
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
