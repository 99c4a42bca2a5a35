/**
 * Transformers. {@link tramontane.model.ModelConfig} reads the hyperparameters of a file, {@link
 * tramontane.model.Weights} packs its tensors for the kernels, and {@link
 * tramontane.model.Transformer} turns a {@link tramontane.model.Batch} of tokens into logits. It
 * calls {@code Attention} and {@code FeedForward} for each layer, and these call the kernels
 * through {@code Compute}, which splits the work among threads.
 *
 * <p>Invariant: the result of a row depends on its own sequence only. No operation mixes rows, and
 * every sum has a fixed order. So neither the other rows of a batch nor the splitting of a prompt
 * into steps can change a bit. In {@link tramontane.model.PatchEncoder} a picture takes the place
 * of a sequence: all of its patches see each other.
 */
package tramontane.model;
