package tramontane.server;

import java.util.Optional;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import tramontane.access.KeyLimits;

/** The limits of a key on the command line. */
final class LimitOptions {
    /** A limit; empty for the word none. */
    record Limit(Optional<Long> count) {}

    /** Parses a limit. */
    static final class Parser implements ITypeConverter<Limit> {
        private final Count count = new Count();

        @Override
        public Limit convert(String value) {
            return new Limit(
                    value.equalsIgnoreCase("none")
                            ? Optional.empty()
                            : Optional.of(count.convert(value).longValue()));
        }
    }

    /** The range of a limit. */
    private static final class Count extends OptionRange.Whole {
        private Count() {
            super(1, 1_000_000_000);
        }
    }

    @Option(
            names = "--requests-per-minute",
            paramLabel = "N",
            converter = Parser.class,
            description = "Requests a minute; as many may come at once. none is no limit.")
    private Optional<Limit> requestsPerMinute = Optional.empty();

    @Option(
            names = "--tokens-per-minute",
            paramLabel = "N",
            converter = Parser.class,
            description = "Tokens of prompts and answers a minute, or none.")
    private Optional<Limit> tokensPerMinute = Optional.empty();

    @Option(
            names = "--tokens-per-month",
            paramLabel = "N",
            converter = Parser.class,
            description = "Tokens of prompts and answers in a calendar month of UTC, or none.")
    private Optional<Limit> tokensPerMonth = Optional.empty();

    @Option(
            names = "--concurrent",
            paramLabel = "N",
            converter = Parser.class,
            description = "Requests that may be answered at the same time, or none.")
    private Optional<Limit> concurrent = Optional.empty();

    /** True if no limit was given. */
    boolean isEmpty() {
        return requestsPerMinute.isEmpty()
                && tokensPerMinute.isEmpty()
                && tokensPerMonth.isEmpty()
                && concurrent.isEmpty();
    }

    /** These limits, with the options that were given. */
    KeyLimits applyTo(KeyLimits limits) {
        return new KeyLimits(
                chosen(requestsPerMinute, limits.requestsPerMinute()),
                chosen(tokensPerMinute, limits.tokensPerMinute()),
                chosen(tokensPerMonth, limits.tokensPerMonth()),
                chosen(concurrent, limits.concurrent()));
    }

    private static Optional<Long> chosen(Optional<Limit> given, Optional<Long> before) {
        return given.isPresent() ? given.get().count() : before;
    }
}
