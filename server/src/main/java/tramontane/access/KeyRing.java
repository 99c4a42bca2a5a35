package tramontane.access;

import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;
import tramontane.api.FieldSet;
import tramontane.backend.Caller;
import tramontane.backend.TokenBudget;

/**
 * The API keys of the server: those of its settings, and those of the database. May be used by any
 * thread: the keys of the database are an immutable snapshot that is replaced as a whole.
 *
 * <p>Without any key, everyone is {@link Caller#LOCAL} and may do everything; {@code serve} listens
 * on a loopback address only then. Revoked and expired keys count, so that a server does not open
 * itself when its last key is revoked.
 *
 * <p>Keys are looked up by their SHA-256. The time of a look-up depends on the sum of what was
 * offered, from which nothing can be learned about a key.
 */
public final class KeyRing {
    private static final String SCHEME = "bearer ";
    private static final int ID_CHARS = 16;
    private static final String UNAUTHORIZED = "Unauthorized";

    /** The keys of the database. */
    private record Stored(List<StoredKey> keys, Map<String, StoredKey> bySum) {}

    /** The keys of the settings, as sums. */
    private record Given(Set<String> keys, Set<String> admins) {
        boolean contains(String sum) {
            return keys.contains(sum) || admins.contains(sum);
        }
    }

    private final InstantSource clock;
    private final Map<String, Long> usedMillis = new ConcurrentHashMap<>();
    private volatile Given given;
    private volatile FieldSet fields = FieldSet.MISTRAL;
    private volatile Stored stored = new Stored(List.of(), Map.of());

    /**
     * @param given keys of the settings; they have no limits
     * @param admins more of them, which open administration as well
     */
    public KeyRing(Collection<String> given, Collection<String> admins, InstantSource clock) {
        this.given = new Given(sums(given), sums(admins));
        this.clock = clock;
    }

    /**
     * Replaces the keys of the settings, except those that open administration. Open requests go
     * on.
     */
    public void replaceGiven(Collection<String> keys) {
        given = new Given(sums(keys), given.admins);
    }

    /** Changes the fields that all requests may have. A key may allow its own more. */
    public void accept(FieldSet ofAll) {
        fields = ofAll;
    }

    /** The fields that all requests may have. */
    public FieldSet fields() {
        return fields;
    }

    private static Set<String> sums(Collection<String> keys) {
        return keys.stream().map(ApiKey::sha256).collect(Collectors.toUnmodifiableSet());
    }

    /** Replaces the keys of the database. */
    public void replace(List<StoredKey> keys) {
        Map<String, StoredKey> bySum = new HashMap<>();
        for (StoredKey key : keys) {
            bySum.put(key.secret().sha256(), key);
            key.secret().previous().ifPresent(previous -> bySum.put(previous.sha256(), key));
        }
        stored = new Stored(List.copyOf(keys), Map.copyOf(bySum));
    }

    public List<StoredKey> stored() {
        return stored.keys;
    }

    public boolean asksForKey() {
        return !given.keys.isEmpty() || !given.admins.isEmpty() || !stored.keys.isEmpty();
    }

    /** Who an {@code Authorization} header belongs to. */
    public Access access(Optional<String> authorization) {
        if (!asksForKey()) {
            return new Access.Granted(Caller.LOCAL.with(fields), true, KeyLimits.NONE, "");
        }
        Optional<String> key =
                authorization
                        .filter(header -> header.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
                        .map(header -> header.substring(SCHEME.length()).strip())
                        .filter(text -> !text.isEmpty());
        if (key.isEmpty()) {
            return new Access.Refused(UNAUTHORIZED, false);
        }
        String sum = ApiKey.sha256(key.get());
        Given settings = given;
        if (settings.contains(sum)) {
            return new Access.Granted(
                    new Caller(sum.substring(0, ID_CHARS)).with(fields),
                    settings.admins.contains(sum),
                    KeyLimits.NONE,
                    sum);
        }
        return Optional.ofNullable(stored.bySum.get(sum))
                .map(known -> access(known, sum))
                .orElseGet(() -> new Access.Refused(unknown(key.get()), true));
    }

    private Access access(StoredKey key, String sum) {
        long now = clock.millis();
        if (key.isRevoked()) {
            return new Access.Refused("API key " + key.name() + " is revoked", false);
        }
        boolean replaced =
                key.secret()
                        .previous()
                        .filter(old -> old.sha256().equals(sum) && old.untilMillis() <= now)
                        .isPresent();
        if (replaced) {
            return new Access.Refused(
                    "API key " + key.name() + " was replaced by a new one", false);
        }
        if (key.isExpired(now)) {
            return new Access.Refused("API key " + key.name() + " has expired", false);
        }
        usedMillis.put(key.id(), now);
        return new Access.Granted(
                new Caller(
                        key.id(),
                        key.scope().models(),
                        TokenBudget.UNLIMITED,
                        fields == FieldSet.MISTRAL ? key.scope().fields() : fields,
                        0,
                        ""),
                key.scope().admin(),
                key.limits(),
                sum);
    }

    private static String unknown(String key) {
        return ApiKey.isDamaged(key)
                ? "the API key is not complete or has a typing error: its checksum is wrong"
                : UNAUTHORIZED;
    }

    /** True if the key of an access is one of the database: a random one that nobody can guess. */
    public boolean isStored(Access.Granted access) {
        return stored.bySum.containsKey(access.sum());
    }

    /**
     * False once the key of an access is revoked or replaced. An answer that runs when its key
     * expires may finish.
     */
    public boolean isInForce(Access.Granted access) {
        String sum = access.sum();
        if (sum.isEmpty() || given.contains(sum)) {
            return true;
        }
        StoredKey key = stored.bySum.get(sum);
        return key != null && !key.isRevoked();
    }

    /** When each key was last used, of those used since the last call. */
    public Map<String, Long> takeUsed() {
        Map<String, Long> taken = new HashMap<>();
        for (String id : usedMillis.keySet()) {
            Long millis = usedMillis.remove(id);
            if (millis != null) {
                taken.put(id, millis);
            }
        }
        return taken;
    }

    /** Keeps uses that could not be written for the next time. */
    public void keepUsed(Map<String, Long> taken) {
        taken.forEach((id, millis) -> usedMillis.merge(id, millis, Math::max));
    }
}
