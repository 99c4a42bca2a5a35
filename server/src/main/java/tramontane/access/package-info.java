/**
 * Authentication.
 *
 * <p>{@link tramontane.access.KeyRing} maps an {@code Authorization} header to an {@link
 * tramontane.access.Access}: a caller with its limits, or the reason why there is none. Its keys
 * come from the settings and, as {@link tramontane.access.StoredKey}, from the database, which
 * {@link tramontane.access.KeyTable} reads and writes. {@link tramontane.access.FailedAttempts}
 * slows the guessing of keys. {@link tramontane.access.LocalOrigin} protects a server without keys
 * against web pages that reach it through the user's own browser. {@link
 * tramontane.access.AllowedOrigins} lists the web pages that may read answers.
 *
 * <p>Invariant: keys are stored and compared as SHA-256 sums only; a caller's {@code id} does not
 * reveal its key.
 */
package tramontane.access;
