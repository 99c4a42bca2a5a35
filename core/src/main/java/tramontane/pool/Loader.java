package tramontane.pool;

import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.api.ModelCard;
import tramontane.backend.Machine;
import tramontane.backend.ModelBackend;
import tramontane.backend.RunOptions;
import tramontane.chat.jinja.TemplateException;
import tramontane.gguf.FileStamp;
import tramontane.gguf.GgufException;
import tramontane.model.ModelException;

/**
 * Loads and unloads models, one at a time, so that no model is loaded twice and two loads do not
 * compete for the disk. Whatever goes wrong fails one model.
 */
final class Loader implements Runnable {
    private static final Logger LOG = System.getLogger(Loader.class.getName());

    private final Residency residency;
    private final RunOptions options;
    private final Machine machine;

    Loader(Residency residency, RunOptions options, Machine machine) {
        this.residency = residency;
        this.options = options;
        this.machine = machine;
    }

    @Override
    public void run() {
        try {
            while (perform(residency.next())) {
                // The next action was performed.
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private boolean perform(Placement.Action action) {
        switch (action) {
            case Placement.Action.Read(Slot slot) -> read(slot);
            case Placement.Action.Load(Slot slot) -> attempt(slot, false, () -> load(slot));
            case Placement.Action.Close(Slot slot, ModelBackend backend) ->
                    attempt(slot, false, () -> close(slot, backend));
            case Placement.Action.End _ -> {
                return false;
            }
        }
        return true;
    }

    /** A step that may fail. */
    @FunctionalInterface
    private interface Step {
        void run() throws IOException;
    }

    private void attempt(Slot slot, boolean reads, Step step) {
        try {
            step.run();
        } catch (Throwable cause) {
            String reason = reason(slot.model, cause);
            residency.failed(slot, reason, reads);
            String line = "Model " + slot.model.name() + " cannot answer: " + reason;
            switch (cause) {
                case IOException _, GgufException _, ModelException _, TemplateException _ ->
                        LOG.log(Logger.Level.WARNING, line);
                default -> LOG.log(Logger.Level.ERROR, line, cause);
            }
        }
    }

    /** Reads the header, and plans the model with so much memory, or reports its failure. */
    void read(Slot slot, long bytes) {
        attempt(slot, true, () -> plan(slot, bytes));
    }

    /** Reads the header of a model's file, if it is not known or the file has changed. */
    private void read(Slot slot) {
        attempt(
                slot,
                true,
                () -> {
                    List<FileStamp> stamps = stamps(slot.model);
                    Optional<Slot.Known> known = residency.plan(slot);
                    if (known.filter(plan -> plan.stamps().equals(stamps)).isPresent()) {
                        residency.known(slot, known.get());
                    } else {
                        plan(slot, residency.limitBytes(slot));
                    }
                });
    }

    /** The file that is taken as the model's image encoder, if it fits. */
    Optional<Path> encoder(PooledModel model) throws IOException {
        return options.projectors().file(model.name(), model.file());
    }

    /** Those of the model's file, or its parts, and of the file of its image encoder. */
    private List<FileStamp> stamps(PooledModel model) throws IOException {
        List<FileStamp> stamps = new ArrayList<>(FileStamp.ofAll(model.file()));
        Optional<Path> encoder = encoder(model);
        if (encoder.isPresent()) {
            stamps.add(FileStamp.of(encoder.get()));
        }
        return List.copyOf(stamps);
    }

    /** Reads the header, and plans the model with so much memory. */
    void plan(Slot slot, long bytes) throws IOException {
        PooledModel model = slot.model;
        List<FileStamp> stamps = stamps(model);
        ModelBackend.Outline outline =
                ModelBackend.outline(
                        model.file(),
                        new ModelCard.Names(model.name(), List.of()),
                        options,
                        machine.withAvailable(bytes));
        residency.known(slot, new Slot.Known(outline, stamps, bytes));
    }

    /**
     * Loads a model into the memory that is reserved for it. With exactly this much, its plan is
     * the same as when it was read; a file that was replaced since by a larger one is refused.
     */
    void load(Slot slot) throws IOException {
        long start = System.nanoTime();
        PooledModel model = slot.model;
        ModelBackend backend =
                ModelBackend.load(
                        model.file(),
                        new ModelCard.Names(model.name(), List.of()),
                        options,
                        machine.withAvailable(slot.reservedBytes));
        adopt(slot, backend);
        LOG.log(
                Logger.Level.INFO,
                "Loaded model {0} ({1}) into {2} MiB in {3} ms",
                model.name(),
                backend.models().getFirst().description().orElse(""),
                backend.memory().totalBytes() >> 20,
                (System.nanoTime() - start) / 1_000_000);
    }

    /** Gives a loaded model to the requests that wait for it. */
    private void adopt(Slot slot, ModelBackend backend) {
        if (!backend.missingInTemplate().isEmpty()) {
            LOG.log(
                    Logger.Level.WARNING,
                    "The chat template of model {0} uses what is unknown here: {1}. Conversations"
                            + " that need it are refused.",
                    slot.model.name(),
                    String.join(", ", backend.missingInTemplate()));
        }
        if (!residency.loaded(slot, backend)) {
            backend.close();
        }
    }

    private void close(Slot slot, ModelBackend backend) {
        backend.close();
        residency.closed(slot);
        LOG.log(Logger.Level.INFO, "Unloaded model {0}", slot.model.name());
    }

    /** Clients see the reason, so it names the file without its folder. */
    static String reason(PooledModel model, Throwable cause) {
        Path file = model.file();
        if (cause instanceof NoSuchFileException) {
            return "it cannot be loaded: the file " + file.getFileName() + " is not there any more";
        }
        String text =
                cause.getMessage() == null || cause instanceof Error
                        ? cause.toString()
                        : cause.getMessage();
        return "it cannot be loaded: "
                + text.replace(file.toString(), String.valueOf(file.getFileName()));
    }
}
