package tramontane.kernel;

import java.lang.foreign.MemorySegment;

/**
 * A layer norm (Ba, Kiros and Hinton 2016).
 *
 * @param weight {@code columns} fp32 factors
 * @param bias {@code columns} fp32 terms
 * @param columns elements of a row that are normed together
 * @param epsilon added to the variance
 */
public record LayerNorm(MemorySegment weight, MemorySegment bias, int columns, float epsilon) {}
