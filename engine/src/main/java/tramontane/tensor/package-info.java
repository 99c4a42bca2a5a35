/**
 * The storage of weights: {@link tramontane.tensor.DType} is a storage format with its block size,
 * {@link tramontane.tensor.Tensor} is a matrix of such blocks in a mapped file.
 *
 * <p>Invariant: nothing here computes. The byte count of a tensor always equals its shape times its
 * format.
 */
package tramontane.tensor;
