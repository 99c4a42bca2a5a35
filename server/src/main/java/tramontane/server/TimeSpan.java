package tramontane.server;

import java.time.Duration;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

/** Parses a duration of the command line, such as 30d. */
public final class TimeSpan implements ITypeConverter<Duration> {
    private static final Pattern TEXT = Pattern.compile("([1-9]\\d{0,5})([mhdw])");

    @Override
    public Duration convert(String value) {
        return parse(value)
                .orElseThrow(() ->
                        new TypeConversionException(
                                "'" + value + "' is not a time such as 90m, 12h, 30d or 8w"));
    }

    /** Reads minutes, hours, days or weeks; empty if it is none of these. */
    static Optional<Duration> parse(String value) {
        Matcher text = TEXT.matcher(value);
        if (!text.matches()) {
            return Optional.empty();
        }
        long number = Long.parseLong(text.group(1));
        return Optional.of(
                switch (text.group(2)) {
                    case "m" -> Duration.ofMinutes(number);
                    case "h" -> Duration.ofHours(number);
                    case "d" -> Duration.ofDays(number);
                    default -> Duration.ofDays(7 * number);
                });
    }
}
