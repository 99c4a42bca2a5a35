/**
 * The arithmetic of a forward pass, on buffers outside the heap.
 *
 * <p>{@link tramontane.kernel.Kernels} names the operations. {@link
 * tramontane.kernel.ScalarKernels} defines them in plain loops; {@code VectorKernels} repeats them
 * with the Vector API, and machine code written at run time with the CPU's integer dot products.
 * {@link tramontane.kernel.Workers} is the parallel {@code for} whose tasks call them.
 *
 * <p>Invariant: all implementations give the same bits for the same input, on any thread and for
 * any split of rows, groups or positions. No operation knows what a layer or a token is, and none
 * allocates once it has run.
 */
package tramontane.kernel;
