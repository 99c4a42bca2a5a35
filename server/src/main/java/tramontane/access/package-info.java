/**
 * Who may use the server.
 *
 * <p>{@link tramontane.access.KeyRing} answers one question: which {@link tramontane.access.Caller}
 * an {@code Authorization} header belongs to. {@link tramontane.access.LocalOrigin} protects a
 * server that asks for no key against web pages that reach for it through the user's own browser.
 *
 * <p>Invariant: keys are kept as SHA-256 sums only and compared in constant time; a caller's {@code
 * id} never reveals the key it came from.
 */
package tramontane.access;
