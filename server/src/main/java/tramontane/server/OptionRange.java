package tramontane.server;

import java.math.BigDecimal;
import java.math.BigInteger;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;
import tramontane.endpoint.Limits;

/**
 * Reads a number of the command line that has to lie within a range. picocli wants a class for each
 * converter, so each range is one.
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
            // Falls through to the same message: it says what a number has to look like.
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
            this(min, max, "");
        }

        /**
         * @param why the range ends where it does
         */
        protected Whole(int min, int max, String why) {
            super("a whole number from " + min + " to " + max + why);
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

    /** Threads that compute: many more than there are processors only wait for each other. */
    public static final class Threads extends Whole {
        private static final int ALWAYS = 16;

        Threads() {
            super(
                    1,
                    Math.max(ALWAYS, 2 * Runtime.getRuntime().availableProcessors()),
                    " (this machine has "
                            + Runtime.getRuntime().availableProcessors()
                            + " processors)");
        }
    }

    /** Tokens of a context; what a model and the memory allow is checked when they are known. */
    static final class Context extends Whole {
        Context() {
            super(64, 1 << 24);
        }
    }

    /** Answers at one time; each takes logits of the whole vocabulary. */
    static final class Parallel extends Whole {
        Parallel() {
            super(1, 1024);
        }
    }

    static final class Port extends Whole {
        Port() {
            super(0, 65_535);
        }
    }

    static final class BodyMib extends Whole {
        BodyMib() {
            super(
                    1,
                    Math.max(1, Limits.bodyBytesMax(Runtime.getRuntime().maxMemory()) >> 20),
                    " (a larger Java heap allows more: TRAMONTANE_HEAP)");
        }
    }

    static final class LogMib extends Whole {
        LogMib() {
            super(0, (int) Math.min(1024, Runtime.getRuntime().maxMemory() / 4 >> 20));
        }
    }

    static final class Connections extends Whole {
        Connections() {
            super(1, HttpListener.Bounds.DEFAULT.connections());
        }
    }

    /** Up to a day. */
    static final class Seconds extends Whole {
        Seconds() {
            super(0, 86_400);
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
