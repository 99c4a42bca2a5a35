package tramontane.access;

import java.util.Optional;
import java.util.Set;
import tramontane.api.FieldSet;

/**
 * A key in the database. Times are milliseconds since 1970.
 *
 * @param id names the key in lists, logs and the ledger; it is random and says nothing of the key
 */
public record StoredKey(
        String id, String name, Secret secret, Lifetime lifetime, Scope scope, KeyLimits limits) {
    /**
     * The sums of a key's text.
     *
     * @param sha256 of the text in use
     * @param previous the text before the last rotation, if it is still valid for a while
     */
    public record Secret(String sha256, Optional<Previous> previous) {}

    /** A replaced text of a key, valid before {@code untilMillis}. */
    public record Previous(String sha256, long untilMillis) {}

    public record Lifetime(
            long createdMillis,
            Optional<Long> expiresMillis,
            Optional<Long> revokedMillis,
            Optional<Long> lastUsedMillis) {}

    /**
     * What a key opens.
     *
     * @param models names of models; empty means all
     * @param admin true if it opens administration as well
     * @param fields those that its requests may have, if the server accepts no more
     */
    public record Scope(Set<String> models, boolean admin, FieldSet fields) {
        public Scope {
            models = Set.copyOf(models);
        }
    }

    public boolean isRevoked() {
        return lifetime.revokedMillis.isPresent();
    }

    public boolean isExpired(long nowMillis) {
        return lifetime.expiresMillis.filter(expires -> expires <= nowMillis).isPresent();
    }
}
