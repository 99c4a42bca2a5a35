/**
 * The wire: what a request may say, and how answers and errors are spelled.
 *
 * <p>{@link tramontane.api.JsonBody} turns bytes into a bounded JSON tree, {@link
 * tramontane.api.ChatCompletionRequest} turns the tree into a valid request or into one {@link
 * tramontane.api.ApiException} that lists all faults, and {@link tramontane.api.CompletionJson}
 * writes whole answers and stream chunks. Messages, tools and sampling parse straight into the
 * engine's own records: there is no second set.
 *
 * <p>Invariant: a {@code ChatCompletionRequest} that exists is valid. Whoever holds one never
 * checks a range, a type or the order of its messages again, and no field of the wire was dropped
 * on the way: each was honoured, was without effect, or was refused by name.
 */
package tramontane.api;
