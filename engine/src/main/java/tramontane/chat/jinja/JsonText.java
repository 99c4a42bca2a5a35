package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Python's {@code json.dumps}, the filter {@code tojson}. The punctuation of JSON counts as a
 * caller's text, because it only surrounds values.
 */
final class JsonText {
    private final TextBuilder out;
    private final Budget budget;
    private final Style style;

    /**
     * The format.
     *
     * @param indent the indentation of each level; empty to write one line
     */
    record Style(
            boolean asciiOnly,
            Optional<String> indent,
            Text itemSeparator,
            Text keySeparator,
            boolean sortKeys) {}

    private JsonText(Style style, Budget budget) {
        this.style = style;
        this.budget = budget;
        this.out = new TextBuilder(budget);
    }

    static Text of(Object value, Arguments arguments, Budget budget) {
        JsonText json = new JsonText(style(arguments, budget), budget);
        json.write(value, 0);
        return json.out.build();
    }

    private static Style style(Arguments arguments, Budget budget) {
        Object indent = arguments.get("indent", None.NONE);
        Optional<String> step =
                switch (indent) {
                    case None _ -> Optional.empty();
                    case Text text -> Optional.of(text.chars());
                    default ->
                            Optional.of(
                                    Arithmetic.repeatText(
                                                    Text.trusted(" "),
                                                    Values.number(indent, "indent"),
                                                    budget)
                                            .chars());
                };
        Text item = Text.untrusted(step.isPresent() ? "," : ", ");
        Text key = Text.untrusted(": ");
        if (arguments.get("separators", None.NONE) instanceof Object given && given != None.NONE) {
            List<Object> pair = Values.items(given, budget);
            if (pair.size() != 2) {
                throw TemplateException.failed("separators must be a pair");
            }
            item = Values.text(pair.get(0), "separator");
            key = Values.text(pair.get(1), "separator");
        }
        return new Style(
                arguments.flag("ensure_ascii", false),
                step,
                item,
                key,
                arguments.flag("sort_keys", false));
    }

    private void write(Object value, int level) {
        budget.enter();
        switch (value) {
            case Text text -> string(text);
            case None _ -> out.append("null", false);
            case Boolean bool -> out.append(bool.toString(), false);
            case Double number -> out.append(real(number), false);
            case Number number -> out.append(number.toString(), false);
            case List<?> list -> items(list, level);
            case Tuple tuple -> items(tuple.items(), level);
            case Map<?, ?> map -> pairs(map, level);
            default ->
                    throw TemplateException.failed(
                            "Object of type "
                                    + Values.typeName(value)
                                    + " is not JSON serializable");
        }
        budget.leave();
    }

    private static String real(double number) {
        String text = Printer.real(number);
        return switch (text) {
            case "nan" -> "NaN";
            case "inf" -> "Infinity";
            case "-inf" -> "-Infinity";
            default -> text;
        };
    }

    private void items(List<?> items, int level) {
        if (items.isEmpty()) {
            out.append("[]", false);
            return;
        }
        out.append("[", false);
        boolean first = true;
        for (Object item : items) {
            separate(first, level + 1);
            write(item, level + 1);
            first = false;
        }
        lineBreak(level);
        out.append("]", false);
    }

    private void pairs(Map<?, ?> map, int level) {
        if (map.isEmpty()) {
            out.append("{}", false);
            return;
        }
        List<Map.Entry<?, ?>> entries = new ArrayList<>(map.entrySet());
        if (style.sortKeys()) {
            budget.spend(8L * entries.size());
            entries.sort((a, b) -> Comparison.order(a.getKey(), b.getKey(), "<", budget));
        }
        out.append("{", false);
        boolean first = true;
        for (Map.Entry<?, ?> entry : entries) {
            separate(first, level + 1);
            key(entry.getKey());
            out.append(style.keySeparator());
            write(entry.getValue(), level + 1);
            first = false;
        }
        lineBreak(level);
        out.append("}", false);
    }

    private void key(Object key) {
        if (key instanceof Text text) {
            string(text);
        } else {
            out.append("\"", false);
            write(key, 0);
            out.append("\"", false);
        }
    }

    private void separate(boolean first, int level) {
        if (!first) {
            out.append(style.itemSeparator());
        }
        lineBreak(level);
    }

    private void lineBreak(int level) {
        if (style.indent().isPresent()) {
            out.append("\n", false);
            for (int i = 0; i < level; i++) {
                out.append(style.indent().get(), false);
            }
        }
    }

    private void string(Text text) {
        out.append("\"", false);
        out.append(text.map(this::escaped, budget));
        out.append("\"", false);
    }

    private String escaped(String run) {
        StringBuilder escaped = new StringBuilder(run.length());
        for (int i = 0; i < run.length(); i++) {
            char c = run.charAt(i);
            int simple = "\"\\\n\r\t\b\f".indexOf(c);
            if (simple >= 0) {
                escaped.append('\\').append("\"\\nrtbf".charAt(simple));
            } else if (c < ' ' || (style.asciiOnly() && c > '~')) {
                escaped.append("\\u" + HexFormat.of().toHexDigits(c));
            } else {
                escaped.append(c);
            }
        }
        return escaped.toString();
    }
}
