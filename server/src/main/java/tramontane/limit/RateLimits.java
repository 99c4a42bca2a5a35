package tramontane.limit;

import io.github.bucket4j.TimeMeter;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tramontane.access.Access;
import tramontane.access.KeyLimits;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;

/**
 * The meters of all limited keys. Minutes are counted in this process, months in the database. May
 * be used by any thread.
 */
public final class RateLimits {
    private static final Logger LOG = LoggerFactory.getLogger(RateLimits.class);
    private static final int MONTHS = 100;

    private final InstantSource clock;
    private final LongSupplier nanos;
    private final Map<String, KeyMeter> meters = new ConcurrentHashMap<>();
    private final Optional<MonthTable> months;

    /**
     * @param nanos a monotonic clock for the limits of a minute
     * @param months empty for a server without a database, whose keys have no limits
     */
    public RateLimits(InstantSource clock, LongSupplier nanos, Optional<MonthTable> months) {
        this.clock = clock;
        this.nanos = nanos;
        this.months = months;
    }

    /** The meter of a key; empty if it has no limits. */
    Optional<KeyMeter> meter(Access.Granted access) {
        KeyLimits limits = access.limits();
        if (limits.equals(KeyLimits.NONE)) {
            return Optional.empty();
        }
        KeyMeter meter =
                meters.computeIfAbsent(access.caller().id(), _ -> new KeyMeter(limits, time()));
        meter.change(limits);
        return Optional.of(meter);
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
        YearMonth month = YearMonth.from(clock.instant().atZone(ZoneOffset.UTC));
        return new MonthTable.Page(keyId, month.getYear() * MONTHS + month.getMonthValue());
    }

    /** What is left of a key's limits; empty for a key without limits or not used yet. */
    public Optional<KeyUse> use(String keyId) {
        return Optional.ofNullable(meters.get(keyId)).map(KeyMeter::use);
    }

    /** Reserves tokens of the month; returns why that exceeds the limit, if it does. */
    Optional<Refusal> takeMonth(KeyMeter meter, MonthTable.Page page, long cost)
            throws ApiException {
        long limit = meter.limits().tokensPerMonth().orElseThrow();
        try {
            MonthTable table = months.orElseThrow(() -> new SQLException("there is no database"));
            OptionalLong used = table.reserve(page, cost, limit);
            if (used.isPresent()) {
                meter.month(used.getAsLong());
                return Optional.empty();
            }
            long before = table.used(page);
            meter.month(before);
            return Optional.of(
                    new Refusal(
                            "Rate limit exceeded: this key has "
                                    + limit
                                    + " tokens a month; this request reserves "
                                    + cost
                                    + " of them, and "
                                    + Math.max(0, limit - before)
                                    + " are left.",
                            Optional.of(untilNextMonth())));
        } catch (SQLException e) {
            LOG.error("The tokens of a month cannot be counted: {}", e.toString());
            throw new ApiException(
                    ErrorCode.UNAVAILABLE,
                    "the database that counts this key's tokens of the month cannot be used");
        }
    }

    private Duration untilNextMonth() {
        Instant now = clock.instant();
        YearMonth next = YearMonth.from(now.atZone(ZoneOffset.UTC)).plusMonths(1);
        return Duration.between(now, next.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant());
    }

    /** Corrects the tokens of a month; if that fails, it is done once the database works again. */
    void settleMonth(KeyMeter meter, MonthTable.Page page, long difference) {
        if (difference == 0) {
            return;
        }
        try {
            OptionalLong used =
                    months.orElseThrow(() -> new SQLException("there is no database"))
                            .settle(page, difference);
            used.ifPresent(meter::month);
        } catch (SQLException e) {
            LOG.warn("Used tokens of a month are counted later: {}", e.toString());
        }
    }
}
