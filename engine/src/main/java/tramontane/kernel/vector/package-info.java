/**
 * The operations of {@link tramontane.kernel.Kernels} with the Vector API.
 *
 * <p>{@link tramontane.kernel.vector.VectorKernels} runs on every CPU whose vectors have 128, 256
 * or 512 bits. It inherits from the scalar kernels what does not need to be fast.
 *
 * <p>Invariant: the results equal those of {@code ScalarKernels} bit for bit, at every vector
 * width.
 */
package tramontane.kernel.vector;
