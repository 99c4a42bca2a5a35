/**
 * Drafts: tokens that an answer will probably have next. A step of the engine computes them like
 * any tokens, and samples past those that prove right (speculative decoding, Leviathan et al.
 * 2023). A wrong draft costs time and never changes an answer.
 *
 * <ul>
 *   <li>{@link tramontane.draft.AnsweredDraft}: what another engine answered to the same request.
 *   <li>{@link tramontane.draft.Drafter}: the caller's prediction, what the constraint expects, and
 *       earlier text behind the same n-gram ({@link tramontane.draft.NgramIndex}).
 *   <li>{@link tramontane.draft.DraftModel}: a small model, which follows each answer as a {@link
 *       tramontane.draft.DraftedAnswer}.
 * </ul>
 *
 * <p>{@link tramontane.draft.StepCostModel} decides how many tokens are worth their time.
 */
package tramontane.draft;
