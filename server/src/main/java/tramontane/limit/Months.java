package tramontane.limit;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.Optional;

/**
 * The calendar months of UTC, and the table that counts their tokens.
 *
 * @param counts empty for a server without a database, whose keys have no limits
 */
record Months(InstantSource clock, Optional<MonthTable> counts) {
    private static final int MONTHS = 100;

    MonthTable.Page thisMonth(String keyId) {
        YearMonth month = YearMonth.from(clock.instant().atZone(ZoneOffset.UTC));
        return new MonthTable.Page(keyId, month.getYear() * MONTHS + month.getMonthValue());
    }

    Duration untilNext() {
        Instant now = clock.instant();
        YearMonth next = YearMonth.from(now.atZone(ZoneOffset.UTC)).plusMonths(1);
        return Duration.between(now, next.atDay(1).atStartOfDay(ZoneOffset.UTC).toInstant());
    }

    MonthTable table() throws SQLException {
        return counts.orElseThrow(() -> new SQLException("there is no database"));
    }
}
