/**
 * The API without HTTP: a request in JSON goes in, an answer in JSON comes out.
 *
 * <pre>
 * JSON ─ Completions ─ Answering ─ poll ─┬─ WholeAnswer    one JSON object
 *            │                           └─ AnswerChunks   the chunks of a stream
 *            └─ backend.Backend
 * </pre>
 *
 * <p>{@link tramontane.completion.Environment} supplies the clock and random numbers, so that tests
 * can fix them; {@link tramontane.completion.JoinedChunks} puts sent chunks together again.
 *
 * <p>Invariant: the whole answer and the streamed one are made from the same events, so they have
 * the same content.
 */
package tramontane.completion;
