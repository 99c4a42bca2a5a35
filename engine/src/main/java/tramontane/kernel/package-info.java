/**
 * The arithmetic of a forward pass, on off-heap buffers. This package has the contract and the data
 * layout; the sub-packages have the implementations.
 *
 * <pre>
 * kernel           Kernels (the operations), PackedMatrix (weights), Activations (inputs), Workers (threads)
 * kernel.scalar    ScalarKernels: the definition of every operation, in plain loops
 * kernel.vector    VectorKernels: the same with the Vector API
 * kernel.x86       NativeKernels: the same as machine code that is emitted at run time
 * kernel.choice    KernelChoice: picks one of the three at start-up
 * </pre>
 *
 * <p>{@link tramontane.kernel.Kernels} is the list of operations: matmul, norms, activation
 * functions, rotary positions, attention. {@link tramontane.kernel.PackedMatrix} is a weight matrix
 * in the layout that all implementations read, and {@link tramontane.kernel.Activations} holds the
 * rows that it is multiplied with, also in int8. {@link tramontane.kernel.Workers} is the parallel
 * {@code for} whose tasks call the operations. {@code Fp32Rows}, {@code KvHead}, {@code QueryRows},
 * {@code RmsNorm} and {@code RopeShape} are arguments of the operations.
 *
 * <p>Invariant: all implementations give the same bits for the same input, on any thread and for
 * any split of rows, groups or positions. No operation knows what a layer or a token is, and none
 * allocates after its first call.
 *
 * <p>docs/KERNELS.md draws the layout, explains the emitters and describes how to add a weight
 * format.
 */
package tramontane.kernel;
