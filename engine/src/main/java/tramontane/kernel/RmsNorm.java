package tramontane.kernel;

import java.lang.foreign.MemorySegment;

/**
 * A root-mean-square norm (Zhang and Sennrich 2019).
 *
 * @param weight {@code columns} fp32 factors
 * @param columns elements of a row that are normed together
 * @param epsilon added to the mean of the squares
 */
public record RmsNorm(MemorySegment weight, int columns, float epsilon) {}
