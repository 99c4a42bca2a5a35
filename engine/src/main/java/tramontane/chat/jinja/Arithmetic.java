package tramontane.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.MathContext;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;

/** Python's arithmetic operators. */
final class Arithmetic {
    private static final int MAX_INTEGER_BITS = 8192;
    private static final int MAX_PRECISION = 400;

    private static final MathContext QUOTIENT = new MathContext(60);

    private Arithmetic() {}

    /** Normalizes an integer: {@code Long} if it fits, otherwise {@code BigInteger}. */
    static Object integer(BigInteger value) {
        if (value.bitLength() > MAX_INTEGER_BITS) {
            throw TemplateException.limit("an integer has more than " + MAX_INTEGER_BITS + " bits");
        }
        return value.bitLength() < Long.SIZE ? (Object) value.longValueExact() : value;
    }

    static BigInteger big(Object integer) {
        return switch (integer) {
            case Long value -> BigInteger.valueOf(value);
            case Boolean bool -> bool ? BigInteger.ONE : BigInteger.ZERO;
            case BigInteger value -> value;
            default ->
                    throw TemplateException.failed(
                            "'" + Values.typeName(integer) + "' is not an integer");
        };
    }

    static double real(Object number) {
        return number instanceof Double value ? value : big(number).doubleValue();
    }

    /** Compares exactly, so that integers and floats have one total order. */
    static int compareReals(Object left, Object right) {
        if (!Double.isFinite(real(left)) || !Double.isFinite(real(right))) {
            return Double.compare(real(left), real(right));
        }
        return decimal(left).compareTo(decimal(right));
    }

    private static BigDecimal decimal(Object number) {
        return number instanceof Double value ? new BigDecimal(value) : new BigDecimal(big(number));
    }

    static Object unary(String operator, Object operand) {
        if (operand instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!Values.isNumber(operand)) {
            throw TemplateException.failed(
                    "bad operand type for unary "
                            + operator
                            + ": '"
                            + Values.typeName(operand)
                            + "'");
        }
        boolean negative = operator.equals("-");
        if (operand instanceof Double value) {
            return negative ? -value : value;
        }
        return integer(negative ? big(operand).negate() : big(operand));
    }

    static Object binary(String operator, Object left, Object right, Interpreter in) {
        failIfUndefined(left);
        failIfUndefined(right);
        if (operator.equals("%") && left instanceof Text format) {
            return PercentFormat.format(format, right, in);
        }
        if (Values.isInteger(left) && Values.isInteger(right)) {
            return integers(operator, big(left), big(right));
        }
        if (Values.isNumber(left) && Values.isNumber(right)) {
            return reals(operator, real(left), real(right));
        }
        return switch (operator) {
            case "+" -> join(left, right, in.budget());
            case "*" ->
                    Values.isInteger(right)
                            ? repeat(left, right, in.budget())
                            : repeat(right, left, in.budget());
            default -> throw unsupported(operator, left, right);
        };
    }

    private static void failIfUndefined(Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
    }

    private static TemplateException unsupported(String operator, Object left, Object right) {
        return TemplateException.failed(
                "unsupported operand types for "
                        + operator
                        + ": '"
                        + Values.typeName(left)
                        + "' and '"
                        + Values.typeName(right)
                        + "'");
    }

    private static Object integers(String operator, BigInteger left, BigInteger right) {
        return switch (operator) {
            case "+" -> integer(left.add(right));
            case "-" -> integer(left.subtract(right));
            case "*" -> integer(left.multiply(right));
            case "/" ->
                    new BigDecimal(left)
                            .divide(new BigDecimal(divisor(right)), QUOTIENT)
                            .doubleValue();
            case "//" -> integer(floorDivide(left, divisor(right)));
            case "%" -> integer(left.subtract(floorDivide(left, divisor(right)).multiply(right)));
            default -> integerPower(left, right);
        };
    }

    private static BigInteger divisor(BigInteger value) {
        if (value.signum() == 0) {
            throw TemplateException.failed("division by zero");
        }
        return value;
    }

    private static BigInteger floorDivide(BigInteger left, BigInteger right) {
        BigInteger[] parts = left.divideAndRemainder(right);
        boolean roundDown = parts[1].signum() != 0 && parts[1].signum() != right.signum();
        return roundDown ? parts[0].subtract(BigInteger.ONE) : parts[0];
    }

    private static Object integerPower(BigInteger left, BigInteger right) {
        if (right.signum() < 0) {
            return Math.pow(left.doubleValue(), right.doubleValue());
        }
        if (right.bitLength() > 31
                || (long) left.bitLength() * right.intValue() > MAX_INTEGER_BITS) {
            throw TemplateException.limit("an integer has more than " + MAX_INTEGER_BITS + " bits");
        }
        return integer(left.pow(right.intValue()));
    }

    private static Object reals(String operator, double left, double right) {
        if (right == 0 && (operator.equals("/") || operator.equals("//") || operator.equals("%"))) {
            throw TemplateException.failed("float division by zero");
        }
        return switch (operator) {
            case "+" -> left + right;
            case "-" -> left - right;
            case "*" -> left * right;
            case "/" -> left / right;
            case "//" -> Math.rint((left - remainder(left, right)) / right);
            case "%" -> remainder(left, right);
            default -> power(left, right);
        };
    }

    private static Object join(Object left, Object right, Budget budget) {
        if (left instanceof Text a && right instanceof Text b) {
            return concat(a, b, budget);
        }
        if (left instanceof List<?> a && right instanceof List<?> b) {
            return joined(a, b, budget);
        }
        if (left instanceof Tuple a && right instanceof Tuple b) {
            return new Tuple(joined(a.items(), b.items(), budget), List.of());
        }
        throw unsupported("+", left, right);
    }

    private static List<Object> joined(List<?> left, List<?> right, Budget budget) {
        budget.elements((long) left.size() + right.size());
        List<Object> all = new ArrayList<>(left.size() + right.size());
        all.addAll(left);
        all.addAll(right);
        return all;
    }

    static Text concat(Text left, Text right, Budget budget) {
        boolean markup = left.isMarkup() || right.isMarkup();
        Text first = markup ? Escaping.markup(left, budget) : left;
        Text second = markup ? Escaping.markup(right, budget) : right;
        Text joined = new TextBuilder(budget).append(first).append(second).build();
        return markup ? joined.asMarkup() : joined;
    }

    private static Object repeat(Object sequence, Object count, Budget budget) {
        if (!Values.isInteger(count)) {
            throw unsupported("*", sequence, count);
        }
        int times =
                Math.max(
                        0,
                        Values.number(
                                integer(big(count)) instanceof Long small ? small : Long.MAX_VALUE,
                                "count"));
        return switch (sequence) {
            case Text text -> repeatText(text, times, budget);
            case List<?> list -> repeatList(list, times, budget);
            case Tuple tuple -> new Tuple(repeatList(tuple.items(), times, budget), List.of());
            default -> throw unsupported("*", sequence, count);
        };
    }

    /** The remainder with the sign of the divisor. */
    private static double remainder(double left, double right) {
        double rest = left % right;
        if (rest == 0) {
            return Math.copySign(0.0, right);
        }
        return rest < 0 == right < 0 ? rest : rest + right;
    }

    private static double power(double base, double exponent) {
        double power = Math.pow(base, exponent);
        if (base < 0 && Double.isNaN(power) && !Double.isNaN(exponent)) {
            throw TemplateException.failed("a negative number has no such power");
        }
        return power;
    }

    static Text repeatText(Text text, int times, Budget budget) {
        TextBuilder out = new TextBuilder(budget);
        for (int i = 0; i < times && !text.isEmpty(); i++) {
            out.append(text);
        }
        return text.isMarkup() ? out.build().asMarkup() : out.build();
    }

    private static List<Object> repeatList(List<?> list, int times, Budget budget) {
        budget.elements(Math.multiplyExact((long) list.size(), (long) times));
        List<Object> all = new ArrayList<>(list.size() * times);
        for (int i = 0; i < times && !list.isEmpty(); i++) {
            all.addAll(list);
        }
        return all;
    }

    /** The {@code round} filter of an integer; the result is an integer. */
    static Object roundInteger(BigInteger value, int precision) {
        int digits = Math.clamp(precision, -MAX_PRECISION, 0);
        return integer(
                new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN).toBigInteger());
    }

    /** The {@code round} filter of a float. */
    static double round(double value, int precision, String method) {
        if (Double.isNaN(value) || Double.isInfinite(value)) {
            return value;
        }
        double scale = Math.pow(10, precision);
        return switch (method) {
            // Python rounds the exact binary value, which `new BigDecimal(double)` represents.
            case "common" -> {
                int digits = Math.clamp(precision, -MAX_PRECISION, MAX_PRECISION);
                BigDecimal rounded = new BigDecimal(value).setScale(digits, RoundingMode.HALF_EVEN);
                yield Math.copySign(rounded.doubleValue(), value);
            }
            // Adding zero turns negative zero into zero.
            case "ceil" -> (0.0 + Math.ceil(value * scale)) / scale;
            case "floor" -> (0.0 + Math.floor(value * scale)) / scale;
            default -> throw TemplateException.failed("method must be common, ceil or floor");
        };
    }
}
