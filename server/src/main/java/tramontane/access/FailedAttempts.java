package tramontane.access;

import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * Slows the guessing of keys: after some wrong keys from one address, each further one waits for a
 * second, and only a few of one address wait at the same time. Correct keys do not wait, so nobody
 * can lock out others who share an address. May be used by any thread; all fields are guarded by
 * this object's monitor.
 */
public final class FailedAttempts {
    /** So many wrong keys are answered at once; a client with an old key needs no more. */
    static final int FREE = 10;

    /** One wrong key is forgotten in this time. */
    static final Duration FORGET = Duration.ofSeconds(10);

    static final Duration DELAY = Duration.ofSeconds(1);
    static final int MAX_WAITING = 16;

    /** More addresses than this are forgotten, the longest unused first. */
    static final int MAX_ADDRESSES = 10_000;

    /** The attempts of one address. */
    private static final class Attempts {
        int failed;
        int waiting;
        long countedNanos;

        void forget(long now) {
            long forgotten = (now - countedNanos) / FORGET.toNanos();
            failed = (int) Math.max(0, failed - forgotten);
            countedNanos += forgotten * FORGET.toNanos();
        }
    }

    private final LongSupplier nanos;
    private final Map<String, Attempts> addresses = new LinkedHashMap<>(16, 0.75f, true);

    /**
     * @param nanos a monotonic clock
     */
    public FailedAttempts(LongSupplier nanos) {
        this.nanos = nanos;
    }

    /** True while too many wrong keys of an address wait: keys that can be guessed do not count. */
    public synchronized boolean isCrowded(String address) {
        Attempts attempts = addresses.get(address);
        return attempts != null && attempts.waiting >= MAX_WAITING;
    }

    /** Counts a wrong key; returns how long its answer must wait before {@link #waited}. */
    public synchronized Duration failed(String address) {
        long now = nanos.getAsLong();
        Attempts attempts = addresses.computeIfAbsent(address, _ -> new Attempts());
        if (attempts.failed == 0) {
            attempts.countedNanos = now;
        }
        attempts.forget(now);
        attempts.failed++;
        attempts.waiting++;
        if (addresses.size() > MAX_ADDRESSES) {
            addresses.remove(addresses.keySet().iterator().next());
        }
        return attempts.failed > FREE ? DELAY : Duration.ZERO;
    }

    /** Must be called after each {@link #failed}, when the answer has waited. */
    public synchronized void waited(String address) {
        Attempts attempts = addresses.get(address);
        if (attempts != null) {
            attempts.waiting--;
        }
    }
}
