/**
 * Backends, which answer requests.
 *
 * <pre>
 * request ─ PromptWriter ─ tokens ─┐
 *         └ AnswerPlan ─ Constraint ┴─ engine.Engine ─ LocalCompletion ─ CompletionEvent ...
 * </pre>
 *
 * <p>{@link tramontane.backend.Backend#start} validates and tokenizes a request and returns a
 * {@link tramontane.backend.Completion}, whose {@link tramontane.backend.CompletionEvent}s the
 * request's thread polls. The whole and the streamed answer are built from the same events, so they
 * have the same content.
 *
 * <p>Invariant: {@code start} refuses whatever can be refused, before any byte of the answer is
 * sent. A closed completion does no more work.
 */
package tramontane.backend;
