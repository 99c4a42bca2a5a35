package tramontane.backend;

import java.util.Optional;
import tramontane.chat.TemplateSource;

/**
 * Settings for running a model. Absent ones are chosen to suit the machine and the model.
 *
 * @param threads compute threads
 * @param context maximum tokens of a prompt and its answer together
 * @param parallel maximum number of answers generated at once
 * @param template the chat template
 * @param projectors files with image encoders
 */
public record RunOptions(
        Optional<Integer> threads,
        Optional<Integer> context,
        Optional<Integer> parallel,
        TemplateSource template,
        Projectors projectors) {
    /** With the image encoders that lie beside the models. */
    public RunOptions(
            Optional<Integer> threads,
            Optional<Integer> context,
            Optional<Integer> parallel,
            TemplateSource template) {
        this(threads, context, parallel, template, Projectors.FOUND);
    }

    /** With the chat template of the model file. */
    public RunOptions(
            Optional<Integer> threads, Optional<Integer> context, Optional<Integer> parallel) {
        this(threads, context, parallel, new TemplateSource.OfModel());
    }
}
