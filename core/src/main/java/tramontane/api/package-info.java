/**
 * The API on the wire: parsing requests, and writing answers and errors.
 *
 * <p>{@link tramontane.api.JsonBody} parses bytes into a JSON tree of limited size. {@link
 * tramontane.api.ChatCompletionRequest} parses the tree into a valid request, or throws one {@link
 * tramontane.api.ApiException} that lists all faults. {@link tramontane.api.CompletionJson} writes
 * whole answers and stream chunks. Messages, tools and sampling parameters are the engine's own
 * records; there is no second set of classes for them.
 *
 * <p>Invariant: a {@code ChatCompletionRequest} is always valid, so later code need not check
 * ranges, types or the order of messages. Every field of the request is honoured, has no effect by
 * definition, or is refused by name.
 */
package tramontane.api;
