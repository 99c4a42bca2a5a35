package tramontane.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Locale;

/** The attributes and methods of Python's numbers. */
final class NumberMethods {
    static final Builtins OF_INTEGERS =
            common(new Builtins())
                    .add("bit_length", "", (in, n, a) -> (long) Arithmetic.big(n).abs().bitLength())
                    .add("bit_count", "", (in, n, a) -> (long) Arithmetic.big(n).abs().bitCount())
                    .add(
                            "as_integer_ratio",
                            "",
                            (in, n, a) -> Tuple.of(Arithmetic.integer(Arithmetic.big(n)), 1L));

    static final Builtins OF_FLOATS =
            common(new Builtins())
                    .add("is_integer", "", (in, n, a) -> Math.rint((double) n) == (double) n)
                    .add("as_integer_ratio", "", (in, n, a) -> ratio((double) n))
                    .add("hex", "", (in, n, a) -> hex((double) n));

    private NumberMethods() {}

    private static Builtins common(Builtins table) {
        return table.add("conjugate", "", (in, n, a) -> n);
    }

    /** The attributes. */
    static java.util.Optional<Object> value(Object number, String name) {
        boolean integer = Values.isInteger(number);
        Object itself = integer ? Arithmetic.integer(Arithmetic.big(number)) : number;
        return switch (name) {
            case "real" -> java.util.Optional.of(itself);
            case "imag" -> java.util.Optional.of(integer ? (Object) 0L : (Object) 0.0);
            case "numerator" ->
                    integer ? java.util.Optional.of(itself) : java.util.Optional.empty();
            case "denominator" -> integer ? java.util.Optional.of(1L) : java.util.Optional.empty();
            default -> java.util.Optional.empty();
        };
    }

    private static Object ratio(double number) {
        if (!Double.isFinite(number)) {
            throw TemplateException.failed(
                    "cannot convert " + Printer.real(number) + " to integer ratio");
        }
        BigDecimal exact = new BigDecimal(number);
        BigInteger over = BigInteger.TEN.pow(Math.max(exact.scale(), 0));
        BigInteger under = exact.multiply(new BigDecimal(over)).toBigIntegerExact();
        BigInteger common = under.gcd(over);
        BigInteger divisor = common.signum() == 0 ? BigInteger.ONE : common;
        return Tuple.of(
                Arithmetic.integer(under.divide(divisor)),
                Arithmetic.integer(over.divide(divisor)));
    }

    private static Object hex(double number) {
        if (!Double.isFinite(number)) {
            return Text.trusted(Printer.real(number));
        }
        // Java omits trailing zeros of the 13 hexadecimal digits and the sign of the exponent.
        String java = Double.toHexString(number).toLowerCase(Locale.ROOT);
        int point = java.indexOf('.');
        int exponent = java.indexOf('p');
        String digits = java.substring(point + 1, exponent);
        String power = java.substring(exponent + 1);
        String signed = power.startsWith("-") ? power : "+" + power;
        String padded = number == 0 ? "0" : digits + "0".repeat(13 - digits.length());
        return Text.trusted(java.substring(0, point + 1) + padded + "p" + signed);
    }
}
