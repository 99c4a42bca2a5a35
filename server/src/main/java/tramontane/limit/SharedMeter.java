package tramontane.limit;

import java.sql.SQLException;
import java.sql.SQLTransientException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import tramontane.access.KeyLimits;
import tramontane.api.ApiException;
import tramontane.store.Connections;

/**
 * Counts the use of a key in the database, for all servers together. While the database is away,
 * each server counts minutes and running answers itself and grants its part of the limits; months
 * are refused.
 */
final class SharedMeter implements Meter {
    private static final Duration BUSY_WAIT = Duration.ofSeconds(1);

    /**
     * Statements of one key at a time, of reservations and settlements: all connections but one.
     * They wait for each other anyway, and if someone has locked the key's row, other keys need a
     * connection.
     */
    private static final int MAX_STATEMENTS = 3;

    private final String keyId;
    private final Semaphore turns = new Semaphore(MAX_STATEMENTS, true);

    /** The running answers of this process, and the minute while the database is away. */
    private final KeyMeter local;

    private final SharedLimits shared;
    private volatile KeyLimits limits;
    private volatile SharedCount last = new SharedCount(0, 0, 0, 0, System.nanoTime());

    SharedMeter(String keyId, KeyLimits limits, KeyMeter local, SharedLimits shared) {
        this.keyId = keyId;
        this.limits = limits;
        this.local = local;
        this.shared = shared;
    }

    @Override
    public KeyLimits limits() {
        return limits;
    }

    @Override
    public void change(KeyLimits changed) {
        limits = changed;
    }

    /** This server's part of the limits while it cannot know what the others grant. */
    private KeyLimits part() {
        int servers = shared.status().living();
        return new KeyLimits(
                part(limits.requestsPerMinute(), servers),
                part(limits.tokensPerMinute(), servers),
                limits.tokensPerMonth(),
                part(limits.concurrent(), servers));
    }

    private static Optional<Long> part(Optional<Long> limit, int servers) {
        return limit.map(all -> Math.max(1, all / servers));
    }

    @Override
    public Optional<Refusal> enter() {
        local.change(shared.isAway() ? part() : limits);
        return local.enter();
    }

    @Override
    public void leave() {
        local.leave();
    }

    @Override
    public Reservation reserve(Cost cost) throws ApiException {
        KeyLimits now = limits;
        try {
            SharedLimits.Outcome outcome = reserveInTurn(shared.entry(keyId, now, cost));
            last = outcome.count();
            return outcome.reservation();
        } catch (SQLException e) {
            if (shared.isAway()) {
                return reserveHere(cost);
            }
            // The others may be able to use it, and grant all of the limit.
            throw ApiException.unavailable(
                    "the database that counts this key's limits did not answer in time", BUSY_WAIT);
        }
    }

    private SharedLimits.Outcome reserveInTurn(UseTable.Entry entry) throws SQLException {
        if (!takesTurn()) {
            throw new SQLTransientException("other requests of the key wait for the database");
        }
        try {
            return shared.reserve(entry);
        } finally {
            turns.release();
        }
    }

    private void settleInTurn(UseTable.Entry entry) {
        if (!takesTurn()) {
            shared.settleLater(entry);
            return;
        }
        try {
            shared.settle(entry).ifPresent(count -> last = count);
        } finally {
            turns.release();
        }
    }

    private void countInTurn(UseTable.Entry entry) {
        if (takesTurn()) {
            try {
                shared.count(entry).ifPresent(count -> last = count);
            } finally {
                turns.release();
            }
        }
    }

    private boolean takesTurn() {
        try {
            return turns.tryAcquire(Connections.MAX_TURN_WAIT.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    private Reservation reserveHere(Cost cost) throws ApiException {
        KeyLimits part = part();
        boolean isTooLarge =
                part.tokensPerMinute().filter(each -> cost.tokens() > each).isPresent();
        if (isTooLarge || cost.tokens() > 0 && limits.tokensPerMonth().isPresent()) {
            throw Refusal.databaseAway();
        }
        local.change(part);
        Optional<Refusal> refusal =
                (cost.answered() ? local.tooManyRunning() : Optional.<Refusal>empty())
                        .or(() -> local.take(cost));
        return refusal.isPresent()
                ? new Reservation.Refused(refusal.get())
                : new Reservation.Held.Local(cost, Optional.empty());
    }

    @Override
    public void settle(Reservation.Held held, long used) {
        switch (held) {
            case Reservation.Held.Local(Cost cost, _) -> local.settle(cost.tokens(), used);
            case Reservation.Held.Shared(UseTable.Entry entry) ->
                    settleInTurn(entry.settledWith(limits, used));
        }
    }

    @Override
    public void countRequest() {
        if (shared.isAway()) {
            local.countRequest();
        } else {
            countInTurn(shared.entry(keyId, limits, new Cost(0, 0, false)));
        }
    }

    @Override
    public KeyUse use() {
        if (shared.isAway()) {
            return local.use();
        }
        return last.left(limits, System.nanoTime());
    }
}
