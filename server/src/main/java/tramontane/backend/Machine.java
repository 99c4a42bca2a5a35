package tramontane.backend;

import java.time.InstantSource;

/**
 * What a model may use of this machine.
 *
 * @param cores that compute well side by side
 * @param availableBytes of memory
 * @param kernels by name, empty for the fastest
 * @param clock for templates that print the date
 */
public record Machine(int cores, long availableBytes, String kernels, InstantSource clock) {}
