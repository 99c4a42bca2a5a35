package tramontane.server;

import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import tramontane.api.ModelCard;
import tramontane.backend.Machine;
import tramontane.backend.ModelState;
import tramontane.backend.RunOptions;
import tramontane.catalog.CatalogEntry;
import tramontane.config.Configuration;
import tramontane.config.Settings;
import tramontane.engine.MemoryPlan;
import tramontane.pool.ModelPool;
import tramontane.pool.PoolSettings;
import tramontane.pool.PooledModel;
import tramontane.pool.UnloadableModelException;
import tramontane.upstream.RoutedBackend;
import tramontane.upstream.UpstreamModel;
import tramontane.upstream.UpstreamStatus;

/**
 * The models that {@code serve} is to serve.
 *
 * @param aliases other names of the first model; {@code NAME=MODEL} for another one
 */
record ServedModels(
        ModelOptions models, PoolOptions pool, UpstreamOptions upstream, List<String> aliases) {
    /**
     * @param environment where keys of upstreams may be
     */
    static ServedModels of(Configuration configuration, Map<String, String> environment) {
        return new ServedModels(
                ModelOptions.of(configuration),
                PoolOptions.of(configuration),
                new UpstreamOptions(configuration, environment),
                configuration.get(Settings.ALIAS));
    }

    /**
     * What is served.
     *
     * @param pool the models of this process, which the backend closes
     * @param fingerprints of the models of this process
     */
    record Running(ModelPool pool, RoutedBackend backend, Fingerprints fingerprints)
            implements AutoCloseable {
        @Override
        public void close() {
            backend.close();
        }
    }

    /** False if all models run on other servers: then there is no default model. */
    private boolean areLocal() {
        return !models.models().isEmpty() || upstream.areNone();
    }

    /**
     * The best model for chat that fits the memory; empty if the user chose the models, or nothing
     * but the default fits.
     */
    Optional<CatalogEntry> better(Machine machine, ModelStore store) {
        return models.models().isEmpty() && areLocal()
                ? store.catalog().bestWithin(pool.within(machine).availableBytes())
                : Optional.empty();
    }

    /** The names of the models of this process. */
    private List<String> localNames(ModelStore store, PrintWriter out) throws Complaint {
        return areLocal() ? models.names(store, out) : List.of();
    }

    /**
     * Checks that the settings fit together, and that each model is here or can be fetched.
     *
     * @throws Complaint with a line for each fault
     */
    void check(ModelStore store, PrintWriter out) throws Complaint {
        Faults faults = new Faults();
        faults.check(this::checkTogether);
        faults.check(() -> models.options(store, out));
        faults.check(upstream::models);
        faults.read(() -> localNames(store, out))
                .ifPresent(local -> faults.check(() -> checkNames(local)));
        faults.complain();
    }

    /** Reads the headers of the models that are here and must be loaded at start. */
    void checkHeaders(Machine machine, ModelStore store, PrintWriter out) throws Complaint {
        RunOptions options = models.options(store, out);
        if (!areLocal()) {
            return;
        }
        String first = models.names(store, out).getFirst();
        for (ModelOptions.NamedFile file : models.filesHere(store, out)) {
            if (file.isNamed(first) || pool.pinned().contains(file.name())) {
                models.checkHeader(file, options, pool.within(machine));
            }
        }
    }

    /**
     * Loads the first model and the pinned ones, and connects to the upstreams. All files are
     * fetched if they are not here.
     *
     * @throws Complaint if a model that must be loaded now cannot be, or the options do not fit
     *     together
     */
    Running open(Machine machine, ModelStore store, PrintWriter out)
            throws Complaint, InterruptedException {
        checkTogether();
        List<UpstreamModel> remote = upstream.models();
        ModelPool opened = openLocal(machine, store, out);
        RoutedBackend backend = new RoutedBackend(opened, System::nanoTime);
        try {
            backend.change(remote);
        } catch (InterruptedException | RuntimeException | Error e) {
            backend.close();
            throw e;
        }
        for (UpstreamStatus status : backend.statuses()) {
            out.println(
                    "Model "
                            + status.model()
                            + " runs on "
                            + status.address()
                            + ", which is "
                            + (status.up() ? "up." : "down; it is tried again."));
        }
        out.flush();
        return new Running(
                opened,
                backend,
                new Fingerprints(ProductVersion.number(), models.template().toString()));
    }

    private ModelPool openLocal(Machine machine, ModelStore store, PrintWriter out)
            throws Complaint {
        // Faults of the options are said before anything is fetched.
        models.options(store, out);
        PoolSettings settings = pool.settings(machine, models.areSeveral());
        List<PooledModel> pooled = pooled(areLocal() ? models.files(store, out) : List.of());
        RunOptions options = models.optionsWithDrafts(store, out);
        if (!pooled.isEmpty()) {
            out.println(
                    "Loading "
                            + pooled.stream()
                                    .map(PooledModel::name)
                                    .collect(Collectors.joining(", "))
                            + " …");
            out.flush();
        }
        try {
            ModelPool opened = ModelPool.open(pooled, options, settings, machine);
            if (pooled.size() == 1) {
                opened.plans().values().forEach(plan -> ModelOptions.print(plan, out));
            } else if (!pooled.isEmpty()) {
                print(opened, settings, out);
            }
            return opened;
        } catch (UnloadableModelException e) {
            throw cannotLoad(e);
        }
    }

    /**
     * Serves these models instead of others.
     *
     * @throws Complaint if a model is not here or cannot be loaded; then nothing has changed
     */
    void replaceIn(Running running, Machine machine, ModelStore store, PrintWriter out)
            throws Complaint {
        checkTogether();
        List<UpstreamModel> remote = upstream.models();
        List<ModelOptions.NamedFile> here = areLocal() ? models.filesHere(store, out) : List.of();
        for (String name : localNames(store, out)) {
            if (here.stream().noneMatch(file -> file.isNamed(name))) {
                throw new Complaint(
                        "model "
                                + name
                                + " is not on this machine, and a running server fetches none;"
                                + " ./tramontane pull fetches it");
            }
        }
        try {
            running.pool.change(pooled(here), pool.settings(machine, models.areSeveral()));
            running.backend.change(remote);
        } catch (UnloadableModelException e) {
            throw cannotLoad(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private static Complaint cannotLoad(UnloadableModelException e) {
        Exception cause = e.getCause() instanceof Exception known ? known : e;
        return ModelOptions.cannotLoad(e.model().file(), cause);
    }

    private void checkTogether() throws Complaint {
        if (models.areSeveral() && models.chatTemplate().isPresent()) {
            throw new Complaint("--chat-template is for one model, and several are served");
        }
        if (!areLocal() && !models.beside().draftModels().isEmpty()) {
            throw new Complaint(
                    "--draft-model drafts for models of this machine, and all served ones run on"
                            + " other servers");
        }
    }

    private void checkNames(List<String> local) throws Complaint {
        Faults faults = new Faults();
        List<String> names = new ArrayList<>();
        for (String name : local) {
            faults.check(() -> {
                if (names.contains(name)) {
                    throw new Complaint(
                            "two models have the name " + name + ": rename one of the files");
                }
                names.add(name);
            });
        }
        for (String name : upstream.names()) {
            faults.check(() -> {
                if (names.contains(name)) {
                    throw new Complaint(
                            upstream.entry(name) + ": a model of this machine has the name");
                }
                names.add(name);
            });
        }
        for (String name : pool.pinned()) {
            faults.check(() -> Aliases.checkServed("--pin " + name, name, local));
        }
        models.beside().checkServed(local, faults);
        faults.check(() -> Aliases.of(aliases, names));
        faults.complain();
    }

    private List<PooledModel> pooled(List<ModelOptions.NamedFile> files) throws Complaint {
        checkNames(files.stream().map(ModelOptions.NamedFile::name).toList());
        return files.stream()
                .map(file ->
                        new PooledModel(
                                file.name(), file.path(), pool.pinned().contains(file.name())))
                .toList();
    }

    private static void print(ModelPool pool, PoolSettings settings, PrintWriter out) {
        Map<ModelCard, MemoryPlan> plans = pool.plans();
        out.printf(
                "Models may take %d MB of memory together, beside a Java heap of up to %d MB:%n",
                settings.budgetBytes() / 1_000_000, Runtime.getRuntime().maxMemory() / 1_000_000);
        for (ModelCard card : pool.models()) {
            String state =
                    switch (pool.state(card)) {
                        case ModelState.Loaded _, ModelState.Loading _ -> "loaded";
                        case ModelState.Unloaded _ -> "on demand";
                        case ModelState.Failed(String reason) -> "failed: " + reason;
                    };
            MemoryPlan plan = plans.get(card);
            out.println(
                    "  "
                            + card.id()
                            + ", "
                            + state
                            + (plan == null
                                    ? ""
                                    : ", %d MB, contexts of %d tokens"
                                            .formatted(
                                                    plan.totalBytes() / 1_000_000,
                                                    plan.context())));
        }
    }
}
