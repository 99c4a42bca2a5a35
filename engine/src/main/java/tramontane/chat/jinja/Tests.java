package tramontane.chat.jinja;

import java.math.BigInteger;
import java.util.List;
import java.util.Map;

/** The tests, which follow {@code is}. */
final class Tests {
    static final Builtins TABLE =
            new Builtins()
                    .add("defined", "", (in, v, a) -> !(v instanceof Undefined))
                    .add("undefined", "", (in, v, a) -> v instanceof Undefined)
                    .add("none", "", (in, v, a) -> v == None.NONE)
                    .add("boolean", "", (in, v, a) -> v instanceof Boolean)
                    .add("true", "", (in, v, a) -> Boolean.TRUE.equals(v))
                    .add("false", "", (in, v, a) -> Boolean.FALSE.equals(v))
                    .add("integer", "", (in, v, a) -> v instanceof Long || v instanceof BigInteger)
                    .add("float", "", (in, v, a) -> v instanceof Double)
                    .add("number", "", (in, v, a) -> Values.isNumber(v))
                    .add("string", "", (in, v, a) -> v instanceof Text)
                    .add("mapping", "", (in, v, a) -> v instanceof Map<?, ?>)
                    .add("sequence", "", (in, v, a) -> isSequence(v))
                    .add("iterable", "", (in, v, a) -> isIterable(v))
                    .add(
                            "callable",
                            "",
                            (in, v, a) -> v instanceof Callable || v instanceof Undefined)
                    .add("escaped", "", (in, v, a) -> v instanceof Text text && text.isMarkup())
                    .add(
                            "upper",
                            "",
                            (in, v, a) ->
                                    StringMethods.isCase(
                                            Printer.str(v, in.budget()), true, in.budget()))
                    .add(
                            "lower",
                            "",
                            (in, v, a) ->
                                    StringMethods.isCase(
                                            Printer.str(v, in.budget()), false, in.budget()))
                    .add("odd", "", (in, v, a) -> leaves(v, 2L, 1L, in))
                    .add("even", "", (in, v, a) -> leaves(v, 2L, 0L, in))
                    .add("divisibleby", "num", (in, v, a) -> leaves(v, a.required("num"), 0L, in))
                    .add(
                            "sameas",
                            "other",
                            (in, v, a) ->
                                    v == a.required("other")
                                            || isSameScalar(v, a.required("other")))
                    .add(
                            "in",
                            "seq",
                            (in, v, a) -> Comparison.contains(a.required("seq"), v, in.budget()))
                    .add(
                            "filter",
                            "",
                            (in, v, a) ->
                                    hashable(v) instanceof Text text
                                            && Filters.TABLE.find(text.chars()).isPresent())
                    .add(
                            "test",
                            "",
                            (in, v, a) -> hashable(v) instanceof Text text && isTest(text.chars()))
                    .add("equalto", "other", compare("=="))
                    .alias("eq", "equalto")
                    .alias("==", "equalto")
                    .add("ne", "other", compare("!="))
                    .alias("!=", "ne")
                    .add("lessthan", "other", compare("<"))
                    .alias("lt", "lessthan")
                    .alias("<", "lessthan")
                    .add("le", "other", compare("<="))
                    .alias("<=", "le")
                    .add("greaterthan", "other", compare(">"))
                    .alias("gt", "greaterthan")
                    .alias(">", "greaterthan")
                    .add("ge", "other", compare(">="))
                    .alias(">=", "ge");

    private Tests() {}

    static boolean apply(String name, Object value, Arguments arguments, Interpreter in) {
        Object answer =
                TABLE.find(name)
                        .orElseThrow(
                                () -> TemplateException.missing("no test named '" + name + "'"))
                        .call(in, value, arguments);
        return Values.isTrue(answer);
    }

    private static boolean leaves(Object value, Object divisor, Object rest, Interpreter in) {
        return Comparison.equal(Arithmetic.binary("%", value, divisor, in), rest, in.budget());
    }

    private static Object hashable(Object value) {
        return value instanceof List<?> || value instanceof Map<?, ?> ? Values.key(value) : value;
    }

    static boolean isIterable(Object value) {
        return isSequence(value)
                || value instanceof Lazy
                || value instanceof View
                || value instanceof LoopState;
    }

    private static boolean isTest(String name) {
        return TABLE.find(name).isPresent();
    }

    private static Builtins.Body compare(String operator) {
        return (in, value, arguments) ->
                Comparison.test(operator, value, arguments.required("other"), in.budget());
    }

    static boolean isSequence(Object value) {
        return value instanceof Text
                || value instanceof List<?>
                || value instanceof Tuple
                || value instanceof Map<?, ?>
                || value instanceof Range
                || value instanceof Encoded
                || value instanceof Undefined;
    }

    private static boolean isSameScalar(Object left, Object right) {
        return (left instanceof Boolean || left instanceof Long) && left.equals(right);
    }
}
