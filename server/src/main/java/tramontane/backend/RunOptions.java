package tramontane.backend;

import java.util.Optional;

/**
 * How a model runs in this process; what is absent is chosen by what the machine and the model
 * have.
 *
 * @param threads that compute
 * @param context most tokens of a prompt and its answer together
 * @param parallel most answers written at one time
 */
public record RunOptions(
        Optional<Integer> threads, Optional<Integer> context, Optional<Integer> parallel) {}
