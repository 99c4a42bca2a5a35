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
 */
public record RunOptions(
        Optional<Integer> threads,
        Optional<Integer> context,
        Optional<Integer> parallel,
        TemplateSource template) {
    /** With the chat template of the model file. */
    public RunOptions(
            Optional<Integer> threads, Optional<Integer> context, Optional<Integer> parallel) {
        this(threads, context, parallel, new TemplateSource.OfModel());
    }
}
