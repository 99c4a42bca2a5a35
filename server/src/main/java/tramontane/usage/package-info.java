/**
 * What requests cost and how they went.
 *
 * <p>{@link tramontane.usage.RequestLog} keeps the latest requests of every caller in memory: a
 * {@link tramontane.usage.RequestRecord} is one request as it stood at some moment, and a {@link
 * tramontane.usage.LoggedRequest} is how the thread that answers it keeps the record up to date.
 * {@link tramontane.usage.Metrics} are the engine's own figures for one answer.
 *
 * <p>Invariant: a caller sees its own requests only, and nothing of prompts or answers is kept
 * unless the operator asked for it.
 */
package tramontane.usage;
