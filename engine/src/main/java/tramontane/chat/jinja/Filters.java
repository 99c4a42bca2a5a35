package tramontane.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** The filters that work on one value: texts, numbers and whatever may be missing. */
final class Filters {
    static final Builtins TABLE =
            SequenceFilters.addTo(new Builtins())
                    .add("string", "", (in, v, a) -> Printer.str(v, in.budget()))
                    .add("trim", "chars", (in, v, a) -> method("strip", v, a, in))
                    .add("upper", "", (in, v, a) -> method("upper", v, a, in))
                    .add("lower", "", (in, v, a) -> method("lower", v, a, in))
                    .add("capitalize", "", (in, v, a) -> method("capitalize", v, a, in))
                    .add(
                            "title",
                            "",
                            (in, v, a) -> titled(Printer.str(v, in.budget()), in.budget()))
                    .add("replace", "old new count", (in, v, a) -> replace(v, a, in.budget()))
                    .add("indent", "width first blank", (in, v, a) -> indent(v, a, in.budget()))
                    .add("format", Builtins.ANY, (in, v, a) -> format(v, a, in))
                    .add(
                            "center",
                            "width",
                            (in, v, a) ->
                                    Padding.center(
                                            Printer.str(v, in.budget()),
                                            a.number("width", 80),
                                            ' ',
                                            in.budget()))
                    .add(
                            "truncate",
                            "length killwords end leeway",
                            (in, v, a) -> truncate(v, a, in.budget()))
                    .add("wordcount", "", (in, v, a) -> wordCount(v, in.budget()))
                    .add(
                            "escape",
                            "",
                            (in, v, a) -> Escaping.markup(Printer.str(v, in.budget()), in.budget()))
                    .alias("e", "escape")
                    .add("safe", "", (in, v, a) -> Printer.str(v, in.budget()).asMarkup())
                    .add(
                            "tojson",
                            "ensure_ascii indent separators sort_keys",
                            (in, v, a) -> JsonText.of(v, a, in.budget()))
                    .add("default", "default_value boolean", (in, v, a) -> orDefault(v, a))
                    .alias("d", "default")
                    .add("int", "default base", (in, v, a) -> integer(v, a))
                    .add("float", "default", (in, v, a) -> real(v, a))
                    .add("abs", "", (in, v, a) -> absolute(v))
                    .add("round", "precision method", (in, v, a) -> round(v, a))
                    .add("attr", "name", (in, v, a) -> attribute(v, a.text("name").chars(), in));

    private Filters() {}

    private static Object method(String name, Object value, Arguments arguments, Interpreter in) {
        Text text = Printer.str(value, in.budget());
        return StringMethods.TABLE.find(name).orElseThrow().call(in, text, arguments);
    }

    // Unlike the method, the filter begins a word only after white space, a dash or an opening
    // bracket.
    private static Text titled(Text text, Budget budget) {
        boolean[] insideWord = {false};
        return text.map(
                run -> {
                    StringBuilder out = new StringBuilder(run.length());
                    run.codePoints()
                            .forEach(point -> {
                                String letter = Character.toString(point);
                                out.append(
                                        insideWord[0]
                                                ? letter.toLowerCase(Locale.ROOT)
                                                : letter.toUpperCase(Locale.ROOT));
                                boolean space = point < 65536 && Characters.isSpace((char) point);
                                insideWord[0] = !space && "-({[<".indexOf(point) < 0;
                            });
                    return out.toString();
                },
                budget);
    }

    private static Text replace(Object value, Arguments arguments, Budget budget) {
        Text old = Printer.str(arguments.required("old"), budget);
        Text replacement = Printer.str(arguments.required("new"), budget);
        Object count = arguments.get("count", None.NONE);
        int most = count == None.NONE ? -1 : Values.number(count, "count");
        return StringMethods.replace(Printer.str(value, budget), old, replacement, most, budget);
    }

    private static Text indent(Object value, Arguments arguments, Budget budget) {
        Object width = arguments.get("width", 4L);
        Text step =
                width instanceof Text text
                        ? text
                        : Arithmetic.repeatText(
                                Text.trusted(" "), Values.number(width, "width"), budget);
        boolean first = arguments.flag("first", false);
        boolean blank = arguments.flag("blank", false);
        TextBuilder out = new TextBuilder(budget);
        Text text =
                new TextBuilder(budget)
                        .append(Printer.str(value, budget))
                        .append("\n", true)
                        .build();
        List<Object> lines = Splitting.lines(text, false, budget);
        for (int i = 0; i < lines.size(); i++) {
            Text line = (Text) lines.get(i);
            boolean indented = i == 0 ? first : blank || !line.isEmpty();
            if (i > 0) {
                out.append("\n", true);
            }
            if (indented) {
                out.append(step);
            }
            out.append(line);
        }
        return out.build();
    }

    private static Text format(Object value, Arguments arguments, Interpreter in) {
        Text format = Printer.str(value, in.budget());
        Object values =
                arguments.named().isEmpty()
                        ? new Tuple(arguments.positional(), List.of())
                        : Globals.dict(arguments, in.budget());
        return PercentFormat.format(format, values, in);
    }

    private static Text truncate(Object value, Arguments arguments, Budget budget) {
        Text text = Printer.str(value, budget);
        Text end = arguments.text("end", "...");
        int length = arguments.number("length", 255);
        int points = text.codePoints();
        if (points <= length + (long) arguments.number("leeway", 5)) {
            return text;
        }
        int kept = Math.max(length, 0) - end.codePoints();
        if (kept < 0) {
            throw TemplateException.failed(
                    "expected length >= " + end.codePoints() + ", got " + length);
        }
        Text cut = text.slice(0, text.offset(kept, points), budget);
        int space = cut.chars().lastIndexOf(' ');
        if (!arguments.flag("killwords", false) && space >= 0) {
            cut = cut.slice(0, space, budget);
        }
        return new TextBuilder(budget).append(cut).append(end).build();
    }

    private static Object wordCount(Object value, Budget budget) {
        long count = 0;
        boolean inside = false;
        for (int point : Printer.str(value, budget).chars().codePoints().toArray()) {
            boolean word = point == '_' || Character.isLetterOrDigit(point);
            count += word && !inside ? 1 : 0;
            inside = word;
        }
        return count;
    }

    private static Object orDefault(Object value, Arguments arguments) {
        boolean falseToo = arguments.flag("boolean", false);
        boolean missing = value instanceof Undefined || (falseToo && !Values.isTrue(value));
        return missing ? arguments.get("default_value", Text.EMPTY) : value;
    }

    private static Object integer(Object value, Arguments arguments) {
        Object fallback = arguments.get("default", 0L);
        return switch (value) {
            case Double number when number.isNaN() || number.isInfinite() -> fallback;
            case Double number -> Arithmetic.integer(new BigDecimal(number).toBigInteger());
            case Boolean _, Long _, BigInteger _ -> Arithmetic.integer(Arithmetic.big(value));
            case Text text ->
                    parsedInteger(text.chars().strip(), arguments.number("base", 10), fallback);
            case Undefined undefined -> throw undefined.failure();
            default -> fallback;
        };
    }

    private static Object parsedInteger(String text, int base, Object fallback) {
        String digits = text.replace("_", "");
        String lower = digits.toLowerCase(Locale.ROOT);
        boolean prefixed =
                (base == 16 && lower.startsWith("0x"))
                        || (base == 8 && lower.startsWith("0o"))
                        || (base == 2 && lower.startsWith("0b"));
        String bare = prefixed ? digits.substring(2) : digits;
        if (bare.length() > 1000 || base < 2 || base > 36) {
            return fallback;
        }
        if (bare.matches("[-+]?[0-9a-zA-Z]+")
                && bare.chars()
                        .allMatch(c -> c == '-' || c == '+' || Character.digit(c, base) >= 0)) {
            return Arithmetic.integer(new BigInteger(bare, base));
        }
        return parsedReal(text).isPresent() && Double.isFinite(parsedReal(text).getAsDouble())
                ? Arithmetic.integer(new BigDecimal(parsedReal(text).getAsDouble()).toBigInteger())
                : fallback;
    }

    private static Object real(Object value, Arguments arguments) {
        Object fallback = arguments.get("default", 0.0);
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (value instanceof Text text) {
            java.util.OptionalDouble parsed = parsedReal(text.chars().strip());
            return parsed.isPresent() ? (Object) parsed.getAsDouble() : fallback;
        }
        return Values.isNumber(value) ? (Object) Arithmetic.real(value) : fallback;
    }

    private static java.util.OptionalDouble parsedReal(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (text.length() <= 1000 && lower.matches("[-+]?(\\d+\\.?\\d*|\\.\\d+)(e[-+]?\\d+)?")) {
            return java.util.OptionalDouble.of(Double.parseDouble(lower));
        }
        return switch (lower.startsWith("+") || lower.startsWith("-")
                ? lower.substring(1)
                : lower) {
            case "inf", "infinity" ->
                    java.util.OptionalDouble.of(
                            lower.startsWith("-")
                                    ? Double.NEGATIVE_INFINITY
                                    : Double.POSITIVE_INFINITY);
            case "nan" -> java.util.OptionalDouble.of(Double.NaN);
            default -> java.util.OptionalDouble.empty();
        };
    }

    private static double number(Object value) {
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (!Values.isNumber(value)) {
            throw TemplateException.failed("must be a number, not " + Values.typeName(value));
        }
        return Arithmetic.real(value);
    }

    private static Object round(Object value, Arguments arguments) {
        int precision = arguments.number("precision", 0);
        String method = arguments.text("method", "common").chars();
        if (Values.isInteger(value) && method.equals("common")) {
            return Arithmetic.roundInteger(Arithmetic.big(value), precision);
        }
        return Arithmetic.round(number(value), precision, method);
    }

    private static Object absolute(Object value) {
        double number = number(value);
        return value instanceof Double
                ? (Object) Math.abs(number)
                : Arithmetic.integer(Arithmetic.big(value).abs());
    }

    private static Object attribute(Object value, String name, Interpreter in) {
        // The attr filter sees no keys, which is what it is for.
        return value instanceof java.util.Map<?, ?>
                        && CollectionMethods.OF_DICTS.find(name).isEmpty()
                ? Undefined.attribute(value, name)
                : Access.attribute(value, name, in);
    }

    static Object apply(String name, Object value, Arguments arguments, Interpreter in) {
        return TABLE.find(name)
                .orElseThrow(() -> TemplateException.failed("no filter named '" + name + "'"))
                .call(in, value, arguments);
    }

    static List<Object> copy(List<Object> items, Budget budget) {
        budget.elements(items.size());
        return new ArrayList<>(items);
    }
}
