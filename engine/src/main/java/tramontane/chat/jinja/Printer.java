package tramontane.chat.jinja;

import java.math.BigDecimal;
import java.math.MathContext;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Python's {@code str} and {@code repr} of values. */
final class Printer {
    private final TextBuilder out;
    private final Budget budget;
    private boolean sorts;

    private Printer(Budget budget) {
        this.budget = budget;
        this.out = new TextBuilder(budget);
    }

    static Text str(Object value, Budget budget) {
        return switch (value) {
            case Text text -> text;
            case Undefined _ -> Text.EMPTY;
            default -> repr(value, budget);
        };
    }

    static Text repr(Object value, Budget budget) {
        Printer printer = new Printer(budget);
        printer.print(value);
        return printer.out.build();
    }

    /** {@code repr} with sorted keys of dictionaries. */
    static Text sorted(Object value, Budget budget) {
        Printer printer = new Printer(budget);
        printer.sorts = true;
        printer.print(value);
        return printer.out.build();
    }

    /**
     * Sorts entries by their keys, and keys that cannot be compared by the names of their types.
     */
    static List<Map.Entry<?, ?>> sortedEntries(Map<?, ?> map, Budget budget) {
        budget.elements(map.size());
        List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
        entries.sort((a, b) -> {
            boolean comparable =
                    Values.isNumber(a.getKey()) && Values.isNumber(b.getKey())
                            || a.getKey() instanceof Text && b.getKey() instanceof Text;
            return comparable
                    ? Comparison.order(a.getKey(), b.getKey(), "<", budget)
                    : Values.typeName(a.getKey()).compareTo(Values.typeName(b.getKey()));
        });
        return entries;
    }

    private void print(Object value) {
        budget.enter();
        switch (value) {
            case Text text when text.isMarkup() -> {
                out.append("Markup(", true);
                quoted(text);
                out.append(")", true);
            }
            case Text text -> quoted(text);
            case View view -> {
                out.append(view.name() + "(", true);
                items("[", view.items(), "]");
                out.append(")", true);
            }
            case Namespace namespace -> {
                out.append("<Namespace ", true);
                Map<Object, Object> fields = new LinkedHashMap<>();
                namespace.fields().forEach((name, each) -> fields.put(Text.trusted(name), each));
                pairs(fields);
                out.append(">", true);
            }
            case Encoded encoded -> {
                out.append("b", true);
                out.append(octets(encoded));
            }
            case List<?> list -> items("[", list, "]");
            case Tuple tuple -> items("(", tuple.items(), tuple.items().size() == 1 ? ",)" : ")");
            case Map<?, ?> map -> pairs(map);
            case Undefined _ -> out.append("Undefined", true);
            case Lazy _ -> out.append("<generator object>", true);
            default -> out.append(scalar(value), true);
        }
        budget.leave();
    }

    private static String scalar(Object value) {
        return switch (value) {
            case Boolean bool -> bool ? "True" : "False";
            case None _ -> "None";
            case Double number -> real(number);
            case Number number -> number.toString();
            case Range(long start, long stop, long step) ->
                    "range(" + start + ", " + stop + (step == 1 ? ")" : ", " + step + ")");
            case Macro macro -> macro.toString();
            case LoopState loop -> loop.toString();
            case Blocks _ -> "<TemplateReference None>";
            default -> "<" + Values.typeName(value) + ">";
        };
    }

    private void items(String open, List<?> items, String close) {
        out.append(open, true);
        String separator = "";
        for (Object item : items) {
            out.append(separator, true);
            print(item);
            separator = ", ";
        }
        out.append(close, true);
    }

    private void pairs(Map<?, ?> map) {
        out.append("{", true);
        String separator = "";
        for (Map.Entry<?, ?> entry : sorts ? sortedEntries(map, budget) : map.entrySet()) {
            out.append(separator, true);
            print(entry.getKey());
            out.append(": ", true);
            print(entry.getValue());
            separator = ", ";
        }
        out.append("}", true);
    }

    private Text octets(Encoded encoded) {
        boolean single = encoded.text().chars().indexOf('\'') >= 0;
        char quote = single && encoded.text().chars().indexOf('"') < 0 ? '"' : '\'';
        TextBuilder octets = new TextBuilder(budget).append(String.valueOf(quote), true);
        octets.append(
                encoded.text()
                        .map(
                                run -> {
                                    StringBuilder escaped = new StringBuilder();
                                    for (byte each : run.getBytes(StandardCharsets.UTF_8)) {
                                        escaped.append(
                                                each < 0
                                                        ? "\\x" + HexFormat.of().toHexDigits(each)
                                                        : escaped(Character.toString(each), quote));
                                    }
                                    return escaped.toString();
                                },
                                budget));
        return octets.append(String.valueOf(quote), true).build();
    }

    private void quoted(Text text) {
        char quote = text.chars().indexOf('\'') >= 0 && text.chars().indexOf('"') < 0 ? '"' : '\'';
        out.append(String.valueOf(quote), true);
        out.append(text.asPlain().map(run -> escaped(run, quote), budget));
        out.append(String.valueOf(quote), true);
    }

    private static String escaped(String run, char quote) {
        StringBuilder escaped = new StringBuilder(run.length());
        run.codePoints()
                .forEach(point -> {
                    switch (point) {
                        case '\n' -> escaped.append("\\n");
                        case '\r' -> escaped.append("\\r");
                        case '\t' -> escaped.append("\\t");
                        case '\\' -> escaped.append("\\\\");
                        default -> {
                            if (point == quote) {
                                escaped.append('\\').append(quote);
                            } else if (Characters.isPrintable(point)) {
                                escaped.appendCodePoint(point);
                            } else {
                                int digits = point < 256 ? 2 : point < 65536 ? 4 : 8;
                                escaped.append('\\')
                                        .append(digits == 2 ? 'x' : digits == 4 ? 'u' : 'U')
                                        .append(HexFormat.of().toHexDigits(point, digits));
                            }
                        }
                    }
                });
        return escaped.toString();
    }

    /** Python's shortest form of a float: an exponent below 1e-4 and from 1e16 on. */
    static String real(double value) {
        if (Double.isNaN(value)) {
            return "nan";
        }
        if (Double.isInfinite(value)) {
            return value > 0 ? "inf" : "-inf";
        }
        if (value == 0) {
            return 1 / value < 0 ? "-0.0" : "0.0";
        }
        BigDecimal shortest = new BigDecimal(Double.toString(value)).stripTrailingZeros();
        // Java writes at least two digits.
        BigDecimal rounded = shortest.round(new MathContext(1));
        if (shortest.precision() == 2 && rounded.doubleValue() == value) {
            shortest = rounded.stripTrailingZeros();
        }
        int exponent = shortest.precision() - shortest.scale() - 1;
        if (exponent >= -4 && exponent < 16) {
            String plain = shortest.toPlainString();
            return plain.indexOf('.') < 0 ? plain + ".0" : plain;
        }
        String digits = shortest.unscaledValue().abs().toString();
        String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
        return (value < 0 ? "-" : "") + digits.charAt(0) + fraction + exponent(exponent);
    }

    /** At least two digits, always with a sign. */
    static String exponent(int exponent) {
        int size = Math.abs(exponent);
        return "e" + (exponent < 0 ? "-" : "+") + (size < 10 ? "0" : "") + size;
    }
}
