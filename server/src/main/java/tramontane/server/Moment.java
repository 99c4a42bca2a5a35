package tramontane.server;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.Optional;

/**
 * A day in UTC or a point in time, as a command line names it.
 *
 * @param start its first millisecond since 1970
 * @param end the first millisecond after it
 */
record Moment(long start, long end) {
    /** Reads {@code 2026-11-29}, or how long ago as {@link TimeSpan}; empty if it is neither. */
    static Optional<Moment> parse(String text, Instant now) {
        Optional<Duration> ago = TimeSpan.parse(text);
        if (ago.isPresent()) {
            long millis = now.minus(ago.get()).toEpochMilli();
            return Optional.of(new Moment(millis, millis));
        }
        try {
            LocalDate day = LocalDate.parse(text);
            return Optional.of(new Moment(startOf(day), startOf(day.plusDays(1))));
        } catch (DateTimeParseException _) {
            return Optional.empty();
        }
    }

    private static long startOf(LocalDate day) {
        return day.atStartOfDay(ZoneOffset.UTC).toInstant().toEpochMilli();
    }
}
