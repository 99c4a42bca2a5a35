/**
 * What weights are made of: {@link tramontane.tensor.DType} names a storage format and its block
 * size, {@link tramontane.tensor.Tensor} is a matrix of such blocks inside a mapped file.
 *
 * <p>Invariant: nothing here computes. A tensor's byte count always equals its shape times its
 * format.
 */
package tramontane.tensor;
