/**
 * Transformers: {@link tramontane.model.ModelConfig} says what a file holds, {@link
 * tramontane.model.Weights} packs its tensors for the kernels, {@link tramontane.model.Transformer}
 * turns a {@link tramontane.model.Batch} of tokens into logits.
 *
 * <p>Invariant: a row's result depends on its own sequence alone. No operation mixes rows, and
 * every sum has one order, so neither the batch's company nor its cutting into chunks can change a
 * bit.
 */
package tramontane.model;
