package tramontane.backend;

import java.io.IOException;
import java.lang.System.Logger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tramontane.engine.LoadedModel;
import tramontane.engine.MemoryPlan;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufFile;
import tramontane.model.ModelConfig;
import tramontane.model.ModelException;
import tramontane.packed.PackedPlace;
import tramontane.token.Tokenizer;
import tramontane.vision.VisionConfig;
import tramontane.vision.VisionModel;

/**
 * The open file of a model's image encoder, if it has one. One that was found beside the model and
 * does not fit is left alone: it may be another model's. One that the operator named must fit.
 */
final class ProjectorFile implements AutoCloseable {
    private static final Logger LOG = System.getLogger(ProjectorFile.class.getName());

    private final Optional<Open> open;
    private final int threads;
    private final PackedPlace packed;

    private record Open(
            Projectors.Choice choice, GgufFile file, VisionConfig config, long plannedBytes) {}

    private ProjectorFile(Optional<Open> open, int threads, PackedPlace packed) {
        this.open = open;
        this.threads = threads;
        this.packed = packed;
    }

    static ProjectorFile of(
            GgufFile text, ModelBackend.Source source, RunOptions options, int threads)
            throws IOException {
        Optional<Projectors.Choice> choice =
                options.projectors().of(source.names().id(), source.path());
        return new ProjectorFile(
                choice.isPresent() ? open(text, choice.get(), threads) : Optional.empty(),
                threads,
                options.packed());
    }

    private static Optional<Open> open(GgufFile text, Projectors.Choice choice, int threads) {
        GgufFile file;
        try {
            file = GgufFile.open(choice.file());
        } catch (GgufException e) {
            refuseIfNamed(choice, e);
            return Optional.empty();
        }
        boolean taken = false;
        try {
            VisionConfig config = VisionConfig.of(file);
            int width = ModelConfig.of(text).width();
            if (config.textWidth() != width) {
                throw new ModelException(
                        "it is for models of width "
                                + config.textWidth()
                                + ", and this one has "
                                + width);
            }
            taken = true;
            return Optional.of(
                    new Open(choice, file, config, VisionModel.plannedBytes(file, threads)));
        } catch (GgufException | ModelException e) {
            refuseIfNamed(choice, e);
            return Optional.empty();
        } finally {
            if (!taken) {
                file.close();
            }
        }
    }

    /**
     * Says in the log why a file that was found is not used.
     *
     * @throws ModelException for one that was named
     */
    private static void refuseIfNamed(Projectors.Choice choice, RuntimeException cause) {
        if (choice.named()) {
            throw cannotRead(choice, cause);
        }
        LOG.log(
                Logger.Level.INFO,
                "The image encoder {0} is not used: {1}",
                choice.file(),
                String.valueOf(cause.getMessage()));
    }

    /** Names the file, because the text model's is the one that is being loaded. */
    private static ModelException cannotRead(Projectors.Choice choice, RuntimeException cause) {
        return new ModelException(
                choice.file() + " cannot read images for this model: " + cause.getMessage());
    }

    /** The machine without the memory that the encoder takes. */
    Machine leave(Machine machine) {
        return open.map(each -> machine.withAvailable(machine.availableBytes() - each.plannedBytes))
                .orElse(machine);
    }

    /** A text model's memory with that of the encoder. */
    MemoryPlan with(MemoryPlan text) {
        return open.map(each -> text.beside(each.plannedBytes)).orElse(text);
    }

    /** True if the vocabulary has the tokens for pictures. */
    boolean fits(Tokenizer tokenizer) {
        return open.isPresent() && tokens(open.get(), tokenizer).isPresent();
    }

    /** When the file was last modified, or the text model if that was later. */
    long created(long text) throws IOException {
        long latest = text;
        if (open.isPresent()) {
            latest =
                    Math.max(
                            latest,
                            Files.getLastModifiedTime(open.get().choice.file())
                                    .to(TimeUnit.SECONDS));
        }
        return latest;
    }

    /** Where it is. */
    Optional<Path> path() {
        return open.map(each -> each.choice.file());
    }

    private static Optional<ImageTokens> tokens(Open open, Tokenizer tokenizer) {
        try {
            return Optional.of(ImageTokens.of(open.config.kind(), tokenizer));
        } catch (ModelException e) {
            refuseIfNamed(open.choice, e);
            return Optional.empty();
        }
    }

    /** Loads the encoder for a text model. */
    Optional<Sight> load(LoadedModel model, Machine machine) {
        Optional<ImageTokens> tokens = open.flatMap(each -> tokens(each, model.tokenizer()));
        if (open.isEmpty() || tokens.isEmpty()) {
            return Optional.empty();
        }
        VisionModel vision = loaded(open.get(), model);
        LOG.log(Logger.Level.INFO, "Reads images with the encoder {0}", open.get().choice.file());
        return Optional.of(new Sight(vision, tokens.get(), machine.images(), machine.encoded()));
    }

    private VisionModel loaded(Open encoder, LoadedModel model) {
        try {
            return VisionModel.load(
                    encoder.file,
                    new VisionModel.Options(
                            model.kernels(), threads, encoder.config.textWidth(), packed));
        } catch (GgufException | ModelException e) {
            throw cannotRead(encoder.choice, e);
        }
    }

    @Override
    public void close() {
        open.ifPresent(each -> each.file.close());
    }
}
