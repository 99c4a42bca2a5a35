/**
 * From logits to the next token.
 *
 * <pre>
 * logits → penalties → temperature → top-k → top-p → draw
 *          TokenCounts  Sampler                      CounterRandom(seed, choice, position)
 * </pre>
 *
 * <ul>
 *   <li>{@link tramontane.sampling.SamplingParams} holds a request's parameters, {@link
 *       tramontane.sampling.Sampler} applies them.
 *   <li>{@link tramontane.sampling.TokenCounts} counts the tokens that penalties need.
 *   <li>{@link tramontane.sampling.TokenLogprobs} are log probabilities, from the logits before all
 *       of these steps.
 * </ul>
 *
 * <p>Invariant: a draw depends on the logits, the parameters and (seed, choice, position), and on
 * nothing else. Sums have a fixed order and no platform function is used whose last bit differs
 * between machines, so the same request gives the same tokens everywhere.
 */
package tramontane.sampling;
