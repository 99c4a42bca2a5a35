package tramontane.backend;

import java.time.InstantSource;
import java.util.function.Supplier;
import tramontane.kernel.Kernels;

/**
 * The resources that a model may use.
 *
 * @param cores physical cores
 * @param availableBytes available memory
 * @param kernels created once, after the model file was opened
 * @param clock for templates that print the date
 */
public record Machine(
        int cores, long availableBytes, Supplier<Kernels> kernels, InstantSource clock) {
    /** The same machine with another amount of memory for a model. */
    public Machine withAvailable(long bytes) {
        return new Machine(cores, bytes, kernels, clock);
    }
}
