package tramontane.chat.jinja;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** The filters of single values: texts, numbers and undefined values. */
final class Filters {
    static final Builtins TABLE =
            MarkupFilters.addTo(SequenceFilters.addTo(new Builtins()))
                    .add("string", "", (in, v, a) -> Printer.str(v, in.budget()))
                    .add("trim", "chars", (in, v, a) -> method("strip", v, a, in))
                    .add("upper", "", (in, v, a) -> method("upper", v, a, in))
                    .add("lower", "", (in, v, a) -> method("lower", v, a, in))
                    .add("capitalize", "", (in, v, a) -> method("capitalize", v, a, in))
                    .add(
                            "title",
                            "",
                            (in, v, a) -> titled(Printer.str(v, in.budget()), in.budget()))
                    .add("replace", "old new count", (in, v, a) -> replace(v, a, in))
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
                            "wordwrap",
                            "width break_long_words wrapstring break_on_hyphens",
                            Filters::wrap)
                    .add("pprint", "", (in, v, a) -> PrettyPrinter.print(v, in.budget()))
                    .add("filesizeformat", "binary", (in, v, a) -> fileSize(v, a))
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
        Text result = (Text) StringMethods.TABLE.find(name).orElseThrow().call(in, text, arguments);
        return text.isMarkup() ? result.asMarkup() : result;
    }

    // Unlike the method, the filter starts a word only behind white space, a dash or an opening
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

    private static Text replace(Object value, Arguments arguments, Interpreter in) {
        Budget budget = in.budget();
        Text old = Printer.str(arguments.required("old"), budget);
        Text replacement = Printer.str(arguments.required("new"), budget);
        Object count = arguments.get("count", None.NONE);
        int max = count == None.NONE ? -1 : Values.number(count, "count");
        Text text = Printer.str(value, budget);
        if (!in.isAutoescaping()) {
            return StringMethods.replace(text, old, replacement, max, budget);
        }
        boolean markup = text.isMarkup() || old.isMarkup() || replacement.isMarkup();
        Text replaced =
                StringMethods.replace(
                        markup ? Escaping.markup(text, budget) : text,
                        old,
                        markup ? Escaping.markup(replacement, budget) : replacement,
                        max,
                        budget);
        return markup ? replaced.asMarkup() : replaced;
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
                        .append(Values.text(value, "indent's value"))
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
        boolean markup = value instanceof Text given && given.isMarkup();
        return markup ? out.build().asMarkup() : out.build();
    }

    private static Object wrap(Interpreter in, Object value, Arguments arguments) {
        return Wrapping.wrap(Values.text(value, "wordwrap's value"), arguments, in.budget());
    }

    /** A number of bytes in the largest unit that does not exceed it. */
    private static Text fileSize(Object value, Arguments arguments) {
        boolean binary = arguments.flag("binary", false);
        double bytes =
                number(value instanceof Text text ? parsedReal(text.chars().strip()) : value);
        double base = binary ? 1024 : 1000;
        if (bytes == 1) {
            return Text.trusted("1 Byte");
        }
        if (Double.isNaN(bytes) || bytes == Double.NEGATIVE_INFINITY) {
            throw TemplateException.failed(
                    "cannot convert " + Printer.real(bytes) + " to an integer");
        }
        if (bytes < base) {
            return Text.trusted(new BigDecimal(bytes).toBigInteger() + " Bytes");
        }
        String units = "kMGTPEZY";
        int unit = 0;
        double size = base * base;
        while (unit < units.length() - 1 && bytes >= size) {
            size *= base;
            unit++;
        }
        double shown = base * bytes / size;
        String number =
                Double.isInfinite(shown)
                        ? "inf"
                        : new BigDecimal(shown).setScale(1, RoundingMode.HALF_EVEN).toPlainString();
        String prefix =
                binary
                        ? Character.toUpperCase(units.charAt(unit)) + "i"
                        : units.substring(unit, unit + 1);
        return Text.trusted(number + " " + prefix + "B");
    }

    private static Text format(Object value, Arguments arguments, Interpreter in) {
        Text format = Printer.str(value, in.budget());
        Object values =
                arguments.named().isEmpty()
                        ? new Tuple(arguments.positional(), List.of())
                        : Globals.dict(arguments, in.budget());
        return PercentFormat.format(format, values, in);
    }

    private static Object truncate(Object value, Arguments arguments, Budget budget) {
        Text end = arguments.text("end", "...");
        int length = arguments.number("length", 255);
        Object given = arguments.get("leeway", None.NONE);
        long leeway = given == None.NONE ? 5 : Values.number(given, "leeway");
        int kept = length - end.codePoints();
        if (kept < 0 || leeway < 0) {
            throw TemplateException.failed(
                    "expected length >= " + end.codePoints() + ", got " + length);
        }
        int points = Values.length(value);
        if (points <= length + leeway) {
            return value;
        }
        Text text = Values.text(value, "truncate's value");
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
            boolean word = Characters.isWord(point);
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
        Optional<BigInteger> integer = wholeNumber(text, base);
        if (integer.isPresent()) {
            return Arithmetic.integer(integer.get());
        }
        return parsedReal(text) instanceof Double real && Double.isFinite(real)
                ? Arithmetic.integer(new BigDecimal(real).toBigInteger())
                : fallback;
    }

    /**
     * Python's {@code int} of a text: a sign, a prefix that fits the base, digits of any script.
     */
    private static Optional<BigInteger> wholeNumber(String text, int base) {
        String sign = text.startsWith("-") || text.startsWith("+") ? text.substring(0, 1) : "";
        String rest = text.substring(sign.length()).toLowerCase(Locale.ROOT);
        int prefix =
                rest.startsWith("0x")
                        ? 16
                        : rest.startsWith("0o") ? 8 : rest.startsWith("0b") ? 2 : 0;
        boolean prefixed = prefix > 0 && (base == prefix || base == 0);
        int radix = base == 0 ? (prefixed ? prefix : 10) : base;
        String digits = prefixed ? rest.substring(rest.startsWith("_", 2) ? 3 : 2) : rest;
        boolean zeros =
                base == 0 && !prefixed && digits.startsWith("0") && !digits.matches("0[0_]*");
        if (digits.length() > 1000
                || radix < 2
                || radix > 36
                || zeros
                || !isDigits(digits, radix)) {
            return Optional.empty();
        }
        return Optional.of(new BigInteger(sign + digits.replace("_", ""), radix));
    }

    /** Digits with single underscores between them. */
    private static boolean isDigits(String text, int radix) {
        boolean digit = false;
        for (int i = 0; i < text.length(); i++) {
            boolean underscore = text.charAt(i) == '_';
            if (underscore ? !digit : Character.digit(text.charAt(i), radix) < 0) {
                return false;
            }
            digit = !underscore;
        }
        return digit;
    }

    private static Object real(Object value, Arguments arguments) {
        Object fallback = arguments.get("default", 0.0);
        if (value instanceof Undefined undefined) {
            throw undefined.failure();
        }
        if (value instanceof Text text) {
            return parsedReal(text.chars().strip()) instanceof Double parsed ? parsed : fallback;
        }
        return Values.isNumber(value) ? (Object) Arithmetic.real(value) : fallback;
    }

    /** Python's {@code float} of a text; empty if it is malformed. */
    private static Object parsedReal(String text) {
        String lower = text.toLowerCase(Locale.ROOT);
        if (text.length() <= 1000
                && lower.matches(
                        "[-+]?(\\d+(_\\d+)*\\.?(\\d+(_\\d+)*)?|\\.\\d+(_\\d+)*)(e[-+]?\\d+(_\\d+)*)?")) {
            return Double.valueOf(lower.replace("_", ""));
        }
        String unsigned =
                lower.startsWith("+") || lower.startsWith("-") ? lower.substring(1) : lower;
        return switch (unsigned) {
            case "inf", "infinity" ->
                    lower.startsWith("-") ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
            case "nan" -> Double.NaN;
            default -> None.NONE;
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
        // The purpose of the attr filter is to ignore keys.
        return value instanceof java.util.Map<?, ?>
                        && CollectionMethods.OF_DICTS.find(name).isEmpty()
                ? Undefined.attribute(value, name)
                : Access.attribute(value, name, in);
    }

    static Object apply(String name, Object value, Arguments arguments, Interpreter in) {
        return TABLE.find(name)
                .orElseThrow(() -> TemplateException.missing("no filter named '" + name + "'"))
                .call(in, value, arguments);
    }

    static List<Object> copy(List<Object> items, Budget budget) {
        budget.elements(items.size());
        return new ArrayList<>(items);
    }
}
