package tramontane.chat.jinja;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code "%s: %05.2f" % (name, value)}. */
final class PercentFormat {
    private static final Pattern CONVERSION =
            Pattern.compile(
                    "%(?:\\(([^()]*)\\))?([-+ #0]*)(\\d{1,9})?(?:\\.(\\d{0,9}))?[hlL]?(.)",
                    Pattern.DOTALL);

    private final Text format;
    private final Object values;
    private final Interpreter in;
    private final TextBuilder out;
    private int used;

    private PercentFormat(Text format, Object values, Interpreter in) {
        this.format = format;
        this.values = values;
        this.in = in;
        this.out = new TextBuilder(in.budget());
    }

    static Text format(Text format, Object values, Interpreter in) {
        boolean markup = format.isMarkup();
        Object given = markup ? MarkupMethods.escaped(values, in.budget()) : values;
        PercentFormat formatting = new PercentFormat(format, given, in);
        formatting.run();
        return markup ? formatting.out.build().asMarkup() : formatting.out.build();
    }

    private void run() {
        Matcher matcher = CONVERSION.matcher(format.chars());
        int at = 0;
        for (int sign = format.chars().indexOf('%');
                sign >= 0;
                sign = format.chars().indexOf('%', at)) {
            out.append(format, at, sign);
            if (!matcher.region(sign, format.length()).lookingAt()) {
                throw TemplateException.failed("incomplete format");
            }
            if (matcher.group(5).equals("%")) {
                out.append(format, sign, sign + 1);
            } else {
                convert(matcher);
            }
            at = matcher.end();
        }
        out.append(format, at, format.length());
        boolean left =
                switch (values) {
                    case Tuple tuple -> used < tuple.items().size();
                    case Text _, Boolean _, Number _, None _ -> used == 0;
                    default -> false;
                };
        if (left) {
            throw TemplateException.failed("not all arguments converted during string formatting");
        }
    }

    private void convert(Matcher conversion) {
        Object value = conversion.group(1) == null ? nextValue() : namedValue(conversion.group(1));
        String flags = conversion.group(2);
        int width = conversion.group(3) == null ? 0 : Integer.parseInt(conversion.group(3));
        boolean hasPrecision = conversion.group(4) != null;
        int precision =
                !hasPrecision
                        ? -1
                        : conversion.group(4).isEmpty() ? 0 : Integer.parseInt(conversion.group(4));
        char type = conversion.group(5).charAt(0);
        boolean left = flags.contains("-");
        if (type == 's' || type == 'r' || type == 'a' || type == 'c') {
            Text text =
                    switch (type) {
                        case 's' -> Printer.str(value, in.budget());
                        case 'c' -> character(value);
                        default -> Printer.repr(value, in.budget());
                    };
            int shown = hasPrecision ? Math.min(precision, text.codePoints()) : text.codePoints();
            Text cut = text.slice(0, text.offset(shown, text.codePoints()), in.budget());
            out.append(Padding.pad(cut, width, ' ', left ? '<' : '>', in.budget()));
            return;
        }
        if (!Values.isNumber(value)) {
            throw TemplateException.failed(
                    "%" + type + " format: a number is required, not " + Values.typeName(value));
        }
        String digits = NumberFormat.magnitude(value, type, precision, flags.contains("#"));
        String sign =
                NumberFormat.isNegative(value)
                        ? "-"
                        : flags.contains("+") ? "+" : flags.contains(" ") ? " " : "";
        boolean zeros = flags.contains("0") && !left;
        out.append(
                Padding.number(
                        sign,
                        digits,
                        width,
                        zeros ? '0' : ' ',
                        zeros ? '=' : left ? '<' : '>',
                        in.budget()));
    }

    static Text character(Object value) {
        if (value instanceof Text text && text.codePoints() == 1) {
            return text;
        }
        int point = value instanceof Text ? -1 : Values.number(value, "%c");
        if (point < 0 || point > Character.MAX_CODE_POINT) {
            throw TemplateException.failed("%c requires int or char");
        }
        return Text.untrusted(Character.toString(point));
    }

    private Object nextValue() {
        List<Object> items = values instanceof Tuple tuple ? tuple.items() : List.of(values);
        if (used >= items.size()) {
            throw TemplateException.failed("not enough arguments for format string");
        }
        return items.get(used++);
    }

    private Object namedValue(String name) {
        Optional<Object> value =
                values instanceof Map<?, ?> map
                        ? Access.inMap(map, Text.trusted(name))
                        : Optional.empty();
        return value.orElseThrow(
                () -> TemplateException.failed("format has no value for '" + name + "'"));
    }
}
