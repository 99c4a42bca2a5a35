/**
 * The inference engine: one loaded model, one thread, step after step (continuous batching). A
 * {@link tramontane.engine.GenerationRequest} goes in, and a {@link tramontane.engine.Generation}
 * delivers its tokens.
 *
 * <pre>
 * submit ─▶ AdmissionControl ─▶ FairQueue ─▶ Scheduler ─▶ StepPlan ─▶ Transformer
 *                                  ▲                                      │ logits
 *            a sequence that is    │         complete            ┌────────▼───────┐
 *            not finished ─────────┴─────── Sequence ◀───────────┤  StepSampler   │
 *                                               │                └────────────────┘
 *                                           Delivery ─▶ Generation (events for the reader)
 * </pre>
 *
 * <ul>
 *   <li>{@link tramontane.engine.LoadedModel} reads a file; {@link tramontane.engine.EngineParts}
 *       wires model and engine.
 *   <li>{@link tramontane.engine.Sequence} is one choice: its tokens, its computed count, its cache
 *       blocks.
 *   <li>{@link tramontane.engine.Scheduler} plans steps. It knows no prefill and no decode phase: a
 *       sequence has a length and a computed count, and each step spends a budget of tokens on the
 *       difference.
 *   <li>{@link tramontane.engine.StepSampler} samples. {@link tramontane.engine.ConstraintCursor}
 *       is a sequence's position in its constraint.
 *   <li>{@link tramontane.engine.Drafter} drafts tokens for speculative decoding.
 * </ul>
 *
 * <p>Invariant: what a request generates depends only on its own tokens, parameters and seed.
 * Scheduling, other requests, preemption, cached prefixes and drafts change when its tokens come,
 * never which. docs/ENGINE.md follows a step, a sequence and a block.
 */
package tramontane.engine;
