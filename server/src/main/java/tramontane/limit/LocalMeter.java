package tramontane.limit;

import java.sql.SQLException;
import java.util.Optional;
import java.util.OptionalLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tramontane.access.KeyLimits;
import tramontane.api.ApiException;

/** Counts minutes and running answers in this process, and months in the database. */
final class LocalMeter implements Meter {
    private static final Logger LOG = LoggerFactory.getLogger(LocalMeter.class);

    private final String keyId;
    private final KeyMeter meter;
    private final Months months;

    LocalMeter(String keyId, KeyMeter meter, Months months) {
        this.keyId = keyId;
        this.meter = meter;
        this.months = months;
    }

    @Override
    public KeyLimits limits() {
        return meter.limits();
    }

    @Override
    public void change(KeyLimits limits) {
        meter.change(limits);
    }

    @Override
    public Optional<Refusal> enter() {
        return meter.enter();
    }

    @Override
    public void leave() {
        meter.leave();
    }

    @Override
    public Reservation reserve(Cost cost) throws ApiException {
        Optional<Refusal> refusal = meter.take(cost);
        if (refusal.isPresent()) {
            return new Reservation.Refused(refusal.get());
        }
        Optional<Long> limit = limits().tokensPerMonth();
        if (cost.tokens() == 0 || limit.isEmpty()) {
            return new Reservation.Held.Local(cost, Optional.empty());
        }
        MonthTable.Page page = months.thisMonth(keyId);
        boolean taken = false;
        try {
            Optional<Refusal> ofMonth = takeMonth(page, cost, limit.get());
            taken = ofMonth.isEmpty();
            return taken
                    ? new Reservation.Held.Local(cost, Optional.of(page))
                    : new Reservation.Refused(ofMonth.get());
        } catch (SQLException e) {
            LOG.error("The tokens of a month cannot be counted: {}", e.toString());
            throw Refusal.databaseAway();
        } finally {
            if (!taken) {
                meter.untake(cost.tokens());
            }
        }
    }

    private Optional<Refusal> takeMonth(MonthTable.Page page, Cost cost, long limit)
            throws SQLException {
        MonthTable table = months.table();
        OptionalLong used = table.reserve(page, cost.tokens(), limit);
        if (used.isPresent()) {
            meter.month(used.getAsLong());
            return Optional.empty();
        }
        long before = table.used(page);
        meter.month(before);
        return Optional.of(
                Refusal.ofMonth(limit, cost, Math.max(0, limit - before), months.untilNext()));
    }

    @Override
    public void settle(Reservation.Held held, long used) {
        meter.settle(held.cost().tokens(), used);
        long difference = used - held.cost().tokens();
        if (held instanceof Reservation.Held.Local(_, var page)
                && page.isPresent()
                && difference != 0) {
            try {
                months.table().settle(page.get(), difference).ifPresent(meter::month);
            } catch (SQLException e) {
                LOG.warn("Used tokens of a month are counted later: {}", e.toString());
            }
        }
    }

    @Override
    public void countRequest() {
        meter.countRequest();
    }

    @Override
    public KeyUse use() {
        return meter.use();
    }
}
