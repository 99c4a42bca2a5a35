/**
 * The request log.
 *
 * <p>{@link tramontane.usage.RequestLog} keeps the latest requests of each caller in memory. A
 * {@link tramontane.usage.LoggedRequest} is updated by the thread that answers the request; a
 * {@link tramontane.usage.RequestRecord} is a snapshot of it.
 *
 * <p>Invariant: a caller sees only its own requests, and bodies are kept only if the operator
 * enabled it.
 */
package tramontane.usage;
