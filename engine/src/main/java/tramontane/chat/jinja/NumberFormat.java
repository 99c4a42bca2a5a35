package tramontane.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;

/** Formats numbers with a precision, for both of Python's format languages. */
final class NumberFormat {
    static final int MAX_WIDTH = 10_000;
    private static final int MAX_PRECISION = 400;

    private NumberFormat() {}

    /**
     * Formats the absolute value with one of the types {@code d b o x X e E f F g G %}. The caller
     * adds the sign.
     */
    static String magnitude(Object number, char type, int precision, boolean alternate) {
        return switch (type) {
            case 'd', 'i', 'u' -> whole(number).toString();
            case 'x', 'X', 'o', 'b' -> based(number, type, alternate);
            case '%' ->
                    fixed(100 * Math.abs(Arithmetic.real(number)), precision < 0 ? 6 : precision)
                            + "%";
            case 'f', 'F' ->
                    fixed(Math.abs(Arithmetic.real(number)), precision < 0 ? 6 : precision);
            case 'e', 'E' ->
                    cased(
                            scientific(
                                    Math.abs(Arithmetic.real(number)),
                                    precision < 0 ? 6 : precision),
                            type);
            case 'g', 'G' ->
                    cased(
                            general(
                                    Math.abs(Arithmetic.real(number)),
                                    precision < 0 ? 6 : precision),
                            type);
            default -> throw TemplateException.failed("unknown format code '" + type + "'");
        };
    }

    private static String cased(String text, char type) {
        return Character.isUpperCase(type) ? text.toUpperCase(java.util.Locale.ROOT) : text;
    }

    private static BigInteger whole(Object number) {
        if (number instanceof Double value) {
            if (value.isNaN() || value.isInfinite()) {
                throw TemplateException.failed(
                        "cannot convert " + Printer.real(value) + " to an integer");
            }
            return new BigDecimal(value).toBigInteger().abs();
        }
        return Arithmetic.big(number).abs();
    }

    private static String based(Object number, char type, boolean alternate) {
        int radix = type == 'o' ? 8 : type == 'b' ? 2 : 16;
        String digits = whole(number).toString(radix);
        String prefixed = alternate ? "0" + Character.toLowerCase(type) + digits : digits;
        return cased(prefixed, type);
    }

    private static String fixed(double value, int precision) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return Printer.real(value);
        }
        return new BigDecimal(value)
                .setScale(bounded(precision), RoundingMode.HALF_EVEN)
                .toPlainString();
    }

    private static String scientific(double value, int precision) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return Printer.real(value);
        }
        BigDecimal rounded =
                new BigDecimal(value)
                        .round(new MathContext(bounded(precision) + 1, RoundingMode.HALF_EVEN));
        int exponent = rounded.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        BigDecimal mantissa =
                rounded.movePointLeft(exponent)
                        .setScale(bounded(precision), RoundingMode.HALF_EVEN);
        return mantissa.toPlainString() + Printer.exponent(exponent);
    }

    private static String general(double value, int precision) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return Printer.real(value);
        }
        int digits = Math.max(1, bounded(precision));
        BigDecimal rounded =
                new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
        int exponent = rounded.signum() == 0 ? 0 : rounded.precision() - rounded.scale() - 1;
        if (exponent >= -4 && exponent < digits) {
            return rounded.signum() == 0 ? "0" : rounded.stripTrailingZeros().toPlainString();
        }
        return rounded.movePointLeft(exponent).stripTrailingZeros().toPlainString()
                + Printer.exponent(exponent);
    }

    private static int bounded(int precision) {
        if (precision > MAX_PRECISION) {
            throw TemplateException.limit("a number's precision is above " + MAX_PRECISION);
        }
        return precision;
    }

    static boolean isNegative(Object number) {
        return number instanceof Double value
                ? value < 0 || (value == 0 && 1 / value < 0)
                : Arithmetic.big(number).signum() < 0;
    }
}
