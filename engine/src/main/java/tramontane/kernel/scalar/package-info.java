/**
 * The definition of every operation of {@link tramontane.kernel.Kernels}, in plain loops.
 *
 * <p>{@link tramontane.kernel.scalar.ScalarKernels} is written to be read. It is the reference for
 * every other implementation, and it runs where no other implementation can.
 *
 * <p>Invariant: this code defines the result bit for bit. It is never optimized.
 */
package tramontane.kernel.scalar;
