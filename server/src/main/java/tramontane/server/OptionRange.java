package tramontane.server;

import java.math.BigDecimal;
import java.math.BigInteger;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import tramontane.config.Settings;

/**
 * Parses a number of the command line and checks its range. picocli needs a class for each
 * converter, so each range is a class.
 */
public abstract sealed class OptionRange<T extends Number> implements ITypeConverter<T> {
    private final String range;

    private OptionRange(String range) {
        this.range = range;
    }

    @Override
    public final T convert(String value) {
        try {
            if (contains(new BigDecimal(value))) {
                return number(value);
            }
        } catch (NumberFormatException e) {
            // Reports the same error as a number out of range: it says what is expected.
        }
        throw new TypeConversionException("'" + value + "' is not " + range);
    }

    abstract boolean contains(BigDecimal number);

    abstract T number(String value);

    /** Whole numbers. */
    public abstract static non-sealed class Whole extends OptionRange<Integer> {
        private final int min;
        private final int max;

        protected Whole(int min, int max) {
            super("a whole number from " + min + " to " + max);
            this.min = min;
            this.max = max;
        }

        @Override
        final boolean contains(BigDecimal number) {
            return number.compareTo(BigDecimal.valueOf(min)) >= 0
                    && number.compareTo(BigDecimal.valueOf(max)) <= 0;
        }

        @Override
        final Integer number(String value) {
            return new BigInteger(value).intValueExact();
        }
    }

    /** Decimal numbers. */
    public abstract static non-sealed class Real extends OptionRange<Double> {
        private final double min;
        private final double max;

        protected Real(double min, double max) {
            super("a number from " + min + " to " + max);
            this.min = min;
            this.max = max;
        }

        @Override
        final boolean contains(BigDecimal number) {
            return number.doubleValue() >= min && number.doubleValue() <= max;
        }

        @Override
        final Double number(String value) {
            return Double.valueOf(value);
        }
    }

    /** Compute threads, as in the settings. */
    public static final class Threads extends Whole {
        Threads() {
            super(1, Settings.maxThreads());
        }
    }

    static final class MaxTokens extends Whole {
        MaxTokens() {
            super(1, 1 << 24);
        }
    }

    static final class Temperature extends Real {
        Temperature() {
            super(0, 1.5);
        }
    }

    static final class Seed extends OptionRange<Long> {
        Seed() {
            super("a whole number from 0 to " + Long.MAX_VALUE);
        }

        @Override
        boolean contains(BigDecimal number) {
            return number.signum() >= 0
                    && number.compareTo(BigDecimal.valueOf(Long.MAX_VALUE)) <= 0;
        }

        @Override
        Long number(String value) {
            return new BigInteger(value).longValueExact();
        }
    }
}
