package tramontane.backend;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import tramontane.chat.TemplateSource;
import tramontane.packed.PackedPlace;

/**
 * Settings for running a model. Absent ones are chosen to suit the machine and the model.
 *
 * @param threads compute threads
 * @param context maximum tokens of a prompt and its answer together
 * @param parallel maximum number of answers generated at once
 * @param template the chat template
 * @param projectors files with image encoders
 * @param drafts files of draft models by the names of the models that they draft for
 * @param packed where packed weights are kept for the next load
 */
public record RunOptions(
        Optional<Integer> threads,
        Optional<Integer> context,
        Optional<Integer> parallel,
        TemplateSource template,
        Projectors projectors,
        Map<String, Path> drafts,
        PackedPlace packed) {
    /** Stands for the name of a model that is served alone. */
    public static final String ONLY_MODEL = "";

    public RunOptions {
        drafts = Map.copyOf(drafts);
    }

    /** The file of a model's draft model. */
    public Optional<Path> draft(String model) {
        return Optional.ofNullable(drafts.get(model));
    }

    /** With the image encoders that lie beside the models, and no kept weights. */
    public RunOptions(
            Optional<Integer> threads,
            Optional<Integer> context,
            Optional<Integer> parallel,
            TemplateSource template) {
        this(
                threads,
                context,
                parallel,
                template,
                Projectors.FOUND,
                Map.of(),
                new PackedPlace.Off());
    }

    /** With the chat template of the model file. */
    public RunOptions(
            Optional<Integer> threads, Optional<Integer> context, Optional<Integer> parallel) {
        this(threads, context, parallel, new TemplateSource.OfModel());
    }
}
