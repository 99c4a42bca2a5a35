package tramontane.pool;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.stream.Collectors;
import tramontane.api.ApiException;
import tramontane.api.CompletionRequest;
import tramontane.api.EmbeddingRequest;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.Caller;
import tramontane.backend.Completion;
import tramontane.backend.Inspection;
import tramontane.backend.Machine;
import tramontane.backend.ModelBackend;
import tramontane.backend.ModelState;
import tramontane.backend.Occupancy;
import tramontane.backend.RunOptions;
import tramontane.chat.jinja.TemplateException;
import tramontane.engine.MemoryPlan;
import tramontane.gguf.GgufException;
import tramontane.model.ModelException;
import tramontane.sampling.SamplingParams;

/**
 * A backend with several models, which are loaded when requests ask for them, within one memory
 * budget. The first one and the pinned ones are loaded at start.
 *
 * <p>A model that fails is tried again after a delay that doubles; the others are not affected.
 */
public final class ModelPool implements Backend {
    private final Residency residency;
    private final Semaphore turns;
    private final Loader loader;
    private final Thread thread;
    private volatile Map<String, Slot> slots = Map.of();

    private ModelPool(RunOptions options, PoolSettings settings, Machine machine) {
        residency = new Residency(settings);
        turns = new Semaphore(machine.cores(), true);
        loader = new Loader(residency, options, machine);
        thread = Thread.ofPlatform().daemon().name("tramontane-loader").unstarted(loader);
    }

    /**
     * Loads the first model and the pinned ones, and reads the headers of the others. One that
     * cannot be read, or does not fit, is served as failed.
     *
     * @param models with different names; none if all models are served by other backends
     * @throws UnloadableModelException if a model that must be loaded now cannot be
     */
    public static ModelPool open(
            List<PooledModel> models, RunOptions options, PoolSettings settings, Machine machine)
            throws UnloadableModelException {
        ModelPool pool = new ModelPool(options, settings, machine);
        try {
            if (models.size() == 1) {
                pool.openOne(models.getFirst(), settings);
            } else {
                pool.change(models, settings);
                pool.loadEager();
            }
        } catch (UnloadableModelException | RuntimeException | Error e) {
            pool.close();
            throw e;
        }
        pool.thread.start();
        return pool;
    }

    /** Loads a model that may have the whole budget, without reading its header twice. */
    private void openOne(PooledModel model, PoolSettings settings) throws UnloadableModelException {
        Slot slot = new Slot(model, true);
        slots = Map.of(model.name(), slot);
        residency.change(
                List.of(new ServedSlot(slot, model.pinned(), true, settings.budgetBytes())),
                settings);
        residency.reserve(slot, settings.budgetBytes());
        now(slot, () -> loader.load(slot));
    }

    private void loadEager() throws UnloadableModelException {
        for (Slot slot : slots.values()) {
            if (slot.eager) {
                residency.reserve(slot, slot.neededBytes());
                now(slot, () -> loader.load(slot));
            }
        }
    }

    /**
     * Serves these models from now on, within these limits. New ones are loaded when they are asked
     * for, or at once if they are the first or pinned. Those that go finish their requests and are
     * unloaded; a model whose file is another one is replaced by a new one of the same name.
     *
     * @param models with different names
     * @throws UnloadableModelException if a new model that is to be loaded at once cannot be; then
     *     nothing has changed
     */
    public synchronized void change(List<PooledModel> models, PoolSettings settings)
            throws UnloadableModelException {
        Map<String, Slot> next = new LinkedHashMap<>();
        for (PooledModel model : models) {
            Optional<Slot> known =
                    Optional.ofNullable(slots.get(model.name()))
                            .filter(slot -> slot.model.file().equals(model.file()));
            boolean eager = model.pinned() || next.isEmpty();
            next.put(model.name(), known.orElseGet(() -> new Slot(model, eager)));
        }
        List<ServedSlot> shared = share(models, next, settings.budgetBytes());
        residency.change(shared, settings);
        slots = next;
    }

    /**
     * Plans new models, and shares the budget. If the models do not fit together, but would with a
     * cache for one long sequence in each new one, they get that. Otherwise the pinned ones get
     * what they ask for, and each of the others may have the rest.
     */
    private List<ServedSlot> share(
            List<PooledModel> models, Map<String, Slot> next, long budgetBytes)
            throws UnloadableModelException {
        List<Slot> added =
                next.values().stream().filter(slot -> !slots.containsValue(slot)).toList();
        for (Slot slot : added) {
            plan(slot, budgetBytes);
        }
        long kept =
                next.values().stream()
                        .filter(slot -> !added.contains(slot))
                        .mapToLong(residency::bytes)
                        .sum();
        long all = kept + added.stream().mapToLong(Slot::neededBytes).sum();
        long compact = kept + added.stream().mapToLong(Slot::compactBytes).sum();
        if (all > budgetBytes && compact <= budgetBytes) {
            for (Slot slot : added) {
                if (slot.known.isPresent()) {
                    plan(slot, slot.compactBytes());
                }
            }
        }
        long left = budgetBytes;
        Map<Slot, Long> limits = new HashMap<>();
        for (PooledModel model : models) {
            Slot slot = next.get(model.name());
            if (model.pinned() && slot != null) {
                limitTo(slot, left, added);
                limits.put(slot, residency.bytes(slot));
                left = Math.max(0, left - residency.bytes(slot));
            }
        }
        List<ServedSlot> shared = new ArrayList<>();
        for (PooledModel model : models) {
            Slot slot = Objects.requireNonNull(next.get(model.name()));
            if (!model.pinned()) {
                limitTo(slot, left, added);
            }
            shared.add(
                    new ServedSlot(
                            slot,
                            model.pinned(),
                            added.contains(slot),
                            limits.getOrDefault(slot, left)));
        }
        return shared;
    }

    private void limitTo(Slot slot, long bytes, List<Slot> added) throws UnloadableModelException {
        if (added.contains(slot) && slot.neededBytes() > bytes) {
            plan(slot, bytes);
        }
    }

    private void plan(Slot slot, long bytes) throws UnloadableModelException {
        if (slot.eager) {
            now(slot, () -> loader.plan(slot, bytes));
        } else {
            loader.read(slot, bytes);
        }
    }

    /** Reads or loads a model. */
    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    /** For a model without which the pool cannot start. */
    private static void now(Slot slot, Step step) throws UnloadableModelException {
        try {
            step.run();
        } catch (IOException | GgufException | ModelException | TemplateException e) {
            throw new UnloadableModelException(slot.model, e);
        }
    }

    /** The memory that the loaded models hold, and that the others would take. */
    public Map<ModelCard, MemoryPlan> plans() {
        Map<ModelCard, MemoryPlan> plans = new LinkedHashMap<>();
        for (SlotView view : served()) {
            view.plan().ifPresent(plan -> plans.put(view.card(), plan));
        }
        return plans;
    }

    @Override
    public List<ModelCard> models() {
        return served().stream().map(SlotView::card).toList();
    }

    private List<SlotView> served() {
        return residency.view().stream().filter(view -> !view.retired()).toList();
    }

    @Override
    public Map<String, Path> files() {
        return slots.values().stream()
                .collect(Collectors.toMap(slot -> slot.model.name(), slot -> slot.model.file()));
    }

    @Override
    public Map<String, Path> encoderFiles() throws IOException {
        Set<String> seeing =
                models().stream()
                        .filter(card -> card.abilities().vision())
                        .map(ModelCard::id)
                        .collect(Collectors.toUnmodifiableSet());
        Map<String, Path> files = new LinkedHashMap<>();
        for (Slot slot : slots.values()) {
            if (seeing.contains(slot.model.name())) {
                loader.encoder(slot.model).ifPresent(file -> files.put(slot.model.name(), file));
            }
        }
        return files;
    }

    @Override
    public ModelState state(ModelCard model) {
        return served().stream()
                .filter(view -> view.card().id().equals(model.id()))
                .map(SlotView::state)
                .findFirst()
                // It was removed a moment ago.
                .orElseGet(ModelState.Unloaded::new);
    }

    @Override
    public Map<String, Occupancy> occupancies() {
        Map<String, Occupancy> loaded = new LinkedHashMap<>();
        for (SlotView view : residency.view()) {
            view.backend().ifPresent(backend -> loaded.putAll(backend.occupancies()));
        }
        return loaded;
    }

    /** Present while no model can answer; the pool keeps trying. */
    @Override
    public Optional<String> failure() {
        List<String> reasons = new ArrayList<>();
        for (SlotView view : served()) {
            if (!(view.state() instanceof ModelState.Failed(String reason))) {
                return Optional.empty();
            }
            reasons.add(view.card().id() + ": " + reason);
        }
        return reasons.isEmpty() ? Optional.empty() : Optional.of(String.join("; ", reasons));
    }

    @Override
    public Completion start(
            ModelCard asked, CompletionRequest request, SamplingParams sampling, Caller caller)
            throws ApiException {
        return start(
                asked, backend -> backend.start(card(backend, asked), request, sampling, caller));
    }

    @Override
    public Completion embed(ModelCard asked, EmbeddingRequest request, Caller caller)
            throws ApiException {
        return start(asked, backend -> backend.embed(card(backend, asked), request, caller));
    }

    /** Starts a request on a model, when it is loaded. */
    private Completion start(ModelCard asked, PooledCompletion.Start start) throws ApiException {
        Claim claim = residency.claim(slot(asked));
        PooledCompletion completion =
                new PooledCompletion(residency, claim, start, turns, residency.loadWait());
        try {
            completion.beginIfLoaded();
        } catch (ApiException | RuntimeException | Error e) {
            completion.close();
            throw e;
        }
        return completion;
    }

    /** The request's abilities were checked with the card of the file as it was before. */
    private static ModelCard card(ModelBackend backend, ModelCard asked) throws ApiException {
        ModelCard card = backend.models().getFirst();
        if (!card.abilities().equals(asked.abilities())) {
            throw ApiException.unavailable(
                    "The file of model " + card.id() + " was replaced by another model. Try again.",
                    Duration.ofSeconds(1));
        }
        return card;
    }

    /** An inspection loads nothing. */
    @Override
    public Inspection inspect(ModelCard asked, CompletionRequest request, Caller caller)
            throws InterruptedException {
        Slot slot;
        try {
            slot = slot(asked);
        } catch (ApiException e) {
            return refused(e);
        }
        Optional<Claim> claim = residency.claimIfLoaded(slot);
        if (claim.isEmpty()) {
            return refused(residency.refusal(slot));
        }
        try {
            return claim.get().backend.orElseThrow().inspect(asked, request, caller);
        } finally {
            residency.release(claim.get());
        }
    }

    private static Inspection refused(ApiException refusal) {
        return new Inspection(
                Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), Optional.of(refusal));
    }

    /**
     * @throws ApiException if the model was removed after the request had found it
     */
    private Slot slot(ModelCard model) throws ApiException {
        Slot slot = slots.get(model.id());
        if (slot == null) {
            throw Refusals.notServed(model.id());
        }
        return slot;
    }

    @Override
    public void endAnswers() {
        residency.close();
        residency.backends().forEach(ModelBackend::endAnswers);
    }

    /** Waits for a load in progress, and frees the memory of all models. */
    @Override
    public void close() {
        endAnswers();
        try {
            thread.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        residency.backends().forEach(ModelBackend::close);
    }
}
