package tramontane.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.ModelCard;
import tramontane.embedding.LoadedEmbedder;
import tramontane.engine.LoadedModel;
import tramontane.engine.MemoryPlan;
import tramontane.gguf.GgufFile;

/** A backend that runs one model in this process. What the model can do, its file says. */
public sealed interface ModelBackend extends Backend permits LocalBackend, EmbeddingBackend {
    int DEFAULT_PARALLEL = 32;

    /** What is known of a model before it is loaded. */
    record Outline(ModelCard card, MemoryPlan memory) {}

    /** Where a model comes from, and what it is called. */
    record Source(Path path, ModelCard.Names names) {
        /** When the file was last modified, in seconds since 1970. */
        long created() throws IOException {
            return Files.getLastModifiedTime(path).to(TimeUnit.SECONDS);
        }
    }

    /** The memory that the model uses. */
    MemoryPlan memory();

    /**
     * Calls {@code reaction} with the reason, on the thread that computes, when that has failed. It
     * must return quickly.
     */
    void whenFailed(Consumer<String> reaction);

    /**
     * Waits until packed weights that are being written are written. Returns why they could not be,
     * if that is so.
     */
    Optional<String> awaitPacked() throws InterruptedException;

    @Override
    default ModelState state(ModelCard asked) {
        return failure().<ModelState>map(ModelState.Failed::new).orElseGet(ModelState.Loaded::new);
    }

    /**
     * @throws ApiException if the model has failed
     */
    default void requireWorking() throws ApiException {
        Optional<String> failure = failure();
        if (failure.isPresent()) {
            throw new ApiException(
                    ErrorCode.UNAVAILABLE,
                    "The server cannot answer, because " + failure.get() + ".");
        }
    }

    /**
     * Filters, tests and functions that the chat template uses on some path and that are not
     * supported.
     */
    List<String> missingInTemplate();

    /**
     * Loads a model and starts its engine.
     *
     * @param names the model's id, and the other names that it answers to
     * @throws tramontane.gguf.GgufException when the file is broken, or changes while it is read
     * @throws tramontane.model.ModelException when the model cannot run here
     */
    static ModelBackend load(Path path, ModelCard.Names names, RunOptions options, Machine machine)
            throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            return LoadedEmbedder.describes(file)
                    ? EmbeddingBackend.load(file, new Source(path, names), options, machine)
                    : LocalBackend.load(file, new Source(path, names), options, machine);
        }
    }

    /**
     * Reads the header of a model file, to know the model's card and memory before it is loaded.
     * The parameters are those that it would be loaded with.
     */
    static Outline outline(Path path, ModelCard.Names names, RunOptions options, Machine machine)
            throws IOException {
        try (GgufFile file = GgufFile.open(path)) {
            return LoadedEmbedder.describes(file)
                    ? EmbeddingBackend.outline(file, new Source(path, names), options, machine)
                    : LocalBackend.outline(file, new Source(path, names), options, machine);
        }
    }

    /** What a model is loaded with. */
    static LoadedModel.Options loading(RunOptions options, Machine machine, Source source) {
        return new LoadedModel.Options(
                machine.kernels(),
                options.threads().orElse(machine.cores()),
                options.context().orElse(0),
                options.parallel().orElse(DEFAULT_PARALLEL),
                machine.availableBytes(),
                options.template(),
                new LoadedModel.Beside(options.packed(), options.draft(source.names().id())));
    }
}
