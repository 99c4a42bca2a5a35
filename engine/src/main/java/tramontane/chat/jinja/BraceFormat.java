package tramontane.chat.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code "{} and {name:>8}".format(value, name=...)}. */
final class BraceFormat {
    private static final Pattern FIELD =
            Pattern.compile(
                    "\\{([^{}:!.\\[]*)((?:\\.[^{}:!.\\[]+|\\[[^\\]]*\\])*)(?:!([rsa]))?(?::((?:[^{}]|\\{[^{}]*\\})*))?\\}");
    private static final Pattern STEP = Pattern.compile("\\.([^.\\[]+)|\\[([^\\]]*)\\]");
    private static final Pattern SPEC =
            Pattern.compile(
                    "(?:(.)?([<>=^]))?([-+ ])?(#)?(0)?(\\d{1,9})?([,_])?(?:\\.(\\d{1,9}))?([a-zA-Z%])?",
                    Pattern.DOTALL);

    // Java's regular expressions recurse over repeated groups, so their input is bounded.
    private static final int MAX_FIELD_CHARS = 256;

    private final Text format;
    private final Arguments arguments;
    private final Interpreter in;
    private final TextBuilder out;
    private int used;

    private BraceFormat(Text format, Arguments arguments, Interpreter in) {
        this.format = format;
        this.arguments = arguments;
        this.in = in;
        this.out = new TextBuilder(in.budget());
    }

    static Text format(Text format, Arguments arguments, Interpreter in) {
        BraceFormat formatting = new BraceFormat(format, arguments, in);
        formatting.run();
        return formatting.out.build();
    }

    private void run() {
        String chars = format.chars();
        Matcher field = FIELD.matcher(chars);
        int at = 0;
        while (at < chars.length()) {
            char c = chars.charAt(at);
            boolean doubled = at + 1 < chars.length() && chars.charAt(at + 1) == c;
            if (c != '{' && c != '}') {
                int next = at + 1;
                while (next < chars.length()
                        && chars.charAt(next) != '{'
                        && chars.charAt(next) != '}') {
                    next++;
                }
                out.append(format, at, next);
                at = next;
            } else if (doubled) {
                out.append(format, at, at + 1);
                at += 2;
            } else if (c == '{'
                    && field.region(at, Math.min(chars.length(), at + MAX_FIELD_CHARS))
                            .lookingAt()) {
                field(field);
                at = field.end();
            } else {
                throw TemplateException.failed("single '" + c + "' encountered in format string");
            }
        }
    }

    private void field(Matcher field) {
        Object value = argument(field.group(1));
        Matcher step = STEP.matcher(field.group(2));
        while (step.find()) {
            value =
                    step.group(1) != null
                            ? Access.attribute(value, step.group(1), in)
                            : Access.item(value, key(step.group(2)), in);
        }
        if ("r".equals(field.group(3)) || "a".equals(field.group(3))) {
            value = Printer.repr(value, in.budget());
        } else if ("s".equals(field.group(3))) {
            value = Printer.str(value, in.budget());
        }
        String spec = field.group(4) == null ? "" : field.group(4);
        out.append(formatted(value, spec.indexOf('{') < 0 ? spec : nested(spec)));
    }

    /** A width or precision can be a field as well. */
    private String nested(String spec) {
        BraceFormat inner = new BraceFormat(Text.trusted(spec), arguments, in);
        inner.used = used;
        inner.run();
        used = inner.used;
        return inner.out.build().chars();
    }

    /** {@code str.format_map}. */
    static Text formatMap(Text format, Object mapping, Interpreter in) {
        if (!(mapping instanceof Map<?, ?> map)) {
            throw TemplateException.failed("format_map() needs a dictionary");
        }
        Map<String, Object> named = new LinkedHashMap<>();
        map.forEach((name, value) -> named.put(Printer.str(name, in.budget()).chars(), value));
        return format(format, new Arguments(List.of(), named), in);
    }

    private static Object key(String text) {
        return text.matches("\\d{1,9}") ? (Object) Long.valueOf(text) : Text.trusted(text);
    }

    private Object argument(String name) {
        int index =
                name.isEmpty() ? used++ : name.matches("\\d{1,9}") ? Integer.parseInt(name) : -1;
        if (index < 0) {
            return arguments.required(name);
        }
        if (index >= arguments.positional().size()) {
            throw TemplateException.failed("format has no argument " + index);
        }
        return arguments.positional().get(index);
    }

    private Text formatted(Object value, String spec) {
        if (spec.isEmpty()) {
            return Printer.str(value, in.budget());
        }
        Matcher parts = SPEC.matcher(spec);
        if (!parts.matches()) {
            throw TemplateException.failed("invalid format specifier '" + spec + "'");
        }
        boolean zeros = parts.group(5) != null;
        char fill = parts.group(1) != null ? parts.group(1).charAt(0) : zeros ? '0' : ' ';
        int width = parts.group(6) == null ? 0 : Integer.parseInt(parts.group(6));
        int precision = parts.group(8) == null ? -1 : Integer.parseInt(parts.group(8));
        boolean typed = parts.group(9) != null && !parts.group(9).equals("s");
        if (value instanceof Text || value == None.NONE || (value instanceof Boolean && !typed)) {
            return text(Printer.str(value, in.budget()), parts.group(2), width, fill, precision);
        }
        if ("c".equals(parts.group(9))) {
            return text(PercentFormat.character(value), parts.group(2), width, fill, precision);
        }
        if (!Values.isNumber(value)) {
            throw TemplateException.failed(
                    "unsupported format string for " + Values.typeName(value));
        }
        char align = parts.group(2) != null ? parts.group(2).charAt(0) : zeros ? '=' : '>';
        String sign =
                NumberFormat.isNegative(value)
                        ? "-"
                        : parts.group(3) == null || parts.group(3).equals("-")
                                ? ""
                                : parts.group(3);
        return Padding.number(
                sign, digits(value, parts, precision), width, fill, align, in.budget());
    }

    private Text text(Text text, String align, int width, char fill, int precision) {
        int shown = precision < 0 ? text.codePoints() : Math.min(precision, text.codePoints());
        Text cut = text.slice(0, text.offset(shown, text.codePoints()), in.budget());
        return Padding.pad(cut, width, fill, align == null ? '<' : align.charAt(0), in.budget());
    }

    private static String digits(Object value, Matcher parts, int precision) {
        String digits;
        if (parts.group(9) != null) {
            digits =
                    NumberFormat.magnitude(
                            value, parts.group(9).charAt(0), precision, parts.group(4) != null);
        } else if (value instanceof Double number) {
            digits =
                    precision < 0
                            ? Printer.real(Math.abs(number))
                            : NumberFormat.magnitude(value, 'g', precision, false);
        } else {
            digits = NumberFormat.magnitude(value, 'd', precision, false);
        }
        return parts.group(7) == null ? digits : grouped(digits, parts.group(7));
    }

    private static String grouped(String digits, String separator) {
        int end = 0;
        while (end < digits.length() && Character.isDigit(digits.charAt(end))) {
            end++;
        }
        StringBuilder grouped = new StringBuilder(digits);
        for (int i = end - 3; i > 0; i -= 3) {
            grouped.insert(i, separator);
        }
        return grouped.toString();
    }
}
