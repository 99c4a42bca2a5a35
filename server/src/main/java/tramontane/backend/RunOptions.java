package tramontane.backend;

import java.util.Optional;
import tramontane.chat.TemplateSource;

/**
 * How a model runs in this process; what is absent is chosen by what the machine and the model
 * have.
 *
 * @param threads that compute
 * @param context most tokens of a prompt and its answer together
 * @param parallel most answers written at one time
 * @param template what turns conversations into prompts
 */
public record RunOptions(
        Optional<Integer> threads,
        Optional<Integer> context,
        Optional<Integer> parallel,
        TemplateSource template) {
    /** With the model file's own template. */
    public RunOptions(
            Optional<Integer> threads, Optional<Integer> context, Optional<Integer> parallel) {
        this(threads, context, parallel, new TemplateSource.OfModel());
    }
}
