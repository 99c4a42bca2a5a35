package tramontane.backend;

import java.time.InstantSource;
import java.util.function.Supplier;
import tramontane.kernel.Kernels;

/**
 * What a model may use of this machine.
 *
 * @param cores that compute well side by side
 * @param availableBytes of memory
 * @param kernels that compute; asked for once, when the model file is open
 * @param clock for templates that print the date
 */
public record Machine(
        int cores, long availableBytes, Supplier<Kernels> kernels, InstantSource clock) {}
