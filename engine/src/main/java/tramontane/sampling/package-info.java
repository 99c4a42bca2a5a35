/**
 * From logits to the next token: {@link tramontane.sampling.SamplingParams} says how, {@link
 * tramontane.sampling.Sampler} does it.
 *
 * <p>Invariant: a draw depends on the logits, the parameters and (seed, choice, position), and on
 * nothing else: not on threads, time, or what other requests do.
 */
package tramontane.sampling;
