/**
 * Serving: {@link tramontane.engine.Engine} runs one loaded model on one thread, step by step; a
 * {@link tramontane.engine.GenerationRequest} goes in and a {@link tramontane.engine.Generation}
 * gives its tokens back.
 *
 * <p>{@link tramontane.engine.Drawer} draws; where a request has a constraint, each of its
 * sequences has a {@link tramontane.engine.Guide} that knows its place in it.
 *
 * <p>The scheduler knows no prefill and no decode: a sequence has computed tokens and a length, and
 * every step hands out a budget of tokens to close the gaps.
 *
 * <p>Invariant: what a request generates depends on its own tokens, parameters and seed alone.
 * Scheduling, company, preemption, cached prefixes and drafts change when its tokens come, never
 * which.
 */
package tramontane.engine;
