/**
 * Where answers come from, behind one boundary.
 *
 * <p>{@link tramontane.backend.Backend#start} checks and tokenizes a request and hands back a
 * {@link tramontane.backend.Completion}, whose {@link tramontane.backend.CompletionEvent}s are
 * pulled one at a time by the thread of the request. The streamed and the whole answer are made of
 * the same events, so they cannot differ.
 *
 * <p>Invariant: whatever can be refused is refused by {@code start}, before a byte of the answer
 * has been sent; and a completion that was closed costs no more work.
 */
package tramontane.backend;
