package tramontane.limit;

import io.github.bucket4j.TimeMeter;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import tramontane.access.Access;
import tramontane.access.KeyLimits;

/**
 * The meters of all limited keys. With {@link SharedLimits} they hold across all servers of one
 * database; otherwise minutes and running answers are counted in this process, and months in the
 * database. May be used by any thread.
 */
public final class RateLimits {
    private final LongSupplier nanos;
    private final Map<String, Meter> meters = new ConcurrentHashMap<>();
    private final Months months;
    private final Optional<SharedLimits> shared;

    private RateLimits(LongSupplier nanos, Months months, Optional<SharedLimits> shared) {
        this.nanos = nanos;
        this.months = months;
        this.shared = shared;
    }

    /**
     * The limits of one process.
     *
     * @param nanos a monotonic clock for the limits of a minute
     * @param months empty for a server without a database, whose keys have no limits
     */
    public RateLimits(InstantSource clock, LongSupplier nanos, Optional<MonthTable> months) {
        this(nanos, new Months(clock, months), Optional.empty());
    }

    /** The limits of all processes with one database. */
    public RateLimits(InstantSource clock, LongSupplier nanos, SharedLimits shared) {
        this(nanos, new Months(clock, Optional.empty()), Optional.of(shared));
    }

    /** The meter of a key; empty if it has no limits. */
    Optional<Meter> meter(Access.Granted access) {
        KeyLimits limits = access.limits();
        if (limits.equals(KeyLimits.NONE)) {
            return Optional.empty();
        }
        Meter meter = meters.computeIfAbsent(access.caller().id(), id -> meter(id, limits));
        meter.change(limits);
        return Optional.of(meter);
    }

    private Meter meter(String keyId, KeyLimits limits) {
        KeyMeter local = new KeyMeter(limits, time());
        if (shared.isPresent()) {
            return new SharedMeter(keyId, limits, local, shared.get());
        }
        return new LocalMeter(keyId, local, months);
    }

    private TimeMeter time() {
        return new TimeMeter() {
            @Override
            public long currentTimeNanos() {
                return nanos.getAsLong();
            }

            @Override
            public boolean isWallClockBased() {
                return false;
            }
        };
    }

    /** Forgets the meters of keys that are not there any more. */
    public void keepOnly(Set<String> ids) {
        meters.keySet().retainAll(ids);
    }

    MonthTable.Page thisMonth(String keyId) {
        return months.thisMonth(keyId);
    }

    /** What is left of a key's limits; empty for a key without limits or not used yet. */
    public Optional<KeyUse> use(String keyId) {
        return Optional.ofNullable(meters.get(keyId)).map(Meter::use);
    }

    /**
     * As {@link #use(String)} for all keys. If servers share the limits, it is read from the
     * database; while that is away, it is what this process knows.
     *
     * @param limited the limits of the keys by their ids
     */
    public Map<String, KeyUse> uses(Map<String, KeyLimits> limited) {
        Map<String, KeyUse> uses = new HashMap<>();
        limited.keySet().forEach(id -> use(id).ifPresent(use -> uses.put(id, use)));
        shared.ifPresent(each ->
                each.counts()
                        .forEach((id, count) -> {
                            KeyLimits limits = limited.getOrDefault(id, KeyLimits.NONE);
                            if (!limits.equals(KeyLimits.NONE)) {
                                uses.put(id, count.left(limits, System.nanoTime()));
                            }
                        }));
        return uses;
    }
}
