package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** The {@code pprint} filter: Python's pprint in lines of 80 characters. */
final class PrettyPrinter {
    private static final int WIDTH = 80;

    private final Budget budget;
    private final TextBuilder out;

    private PrettyPrinter(Budget budget) {
        this.budget = budget;
        this.out = new TextBuilder(budget);
    }

    static Text print(Object value, Budget budget) {
        PrettyPrinter printer = new PrettyPrinter(budget);
        printer.print(value, 0, 0, true);
        return printer.out.build();
    }

    /**
     * @param indent columns before the value
     * @param allowance characters that must fit behind the value
     */
    private void print(Object value, int indent, int allowance, boolean outermost) {
        budget.enter();
        Text line = Printer.sorted(value, budget);
        if (line.codePoints() <= WIDTH - indent - allowance) {
            out.append(line);
        } else {
            switch (value) {
                case Map<?, ?> map -> pairs(map, indent, allowance);
                case List<?> list -> items("[", list, "]", indent, allowance);
                case Tuple tuple ->
                        items(
                                "(",
                                tuple.items(),
                                tuple.items().size() == 1 ? ",)" : ")",
                                indent,
                                allowance);
                case Text text when !text.isMarkup() && !text.isEmpty() ->
                        text(text, line, indent, allowance, outermost);
                default -> out.append(line);
            }
        }
        budget.leave();
    }

    private void lineBreak(int indent) {
        out.append("\n" + " ".repeat(Math.min(indent, NumberFormat.MAX_WIDTH)), true);
    }

    private void pairs(Map<?, ?> map, int indent, int allowance) {
        out.append("{", true);
        int left = map.size();
        for (Map.Entry<?, ?> each : Printer.sortedEntries(map, budget)) {
            Text key = Printer.sorted(each.getKey(), budget);
            boolean last = --left == 0;
            out.append(key).append(": ", true);
            print(
                    each.getValue(),
                    indent + 1 + key.codePoints() + 2,
                    last ? allowance + 1 : 1,
                    false);
            if (!last) {
                out.append(",", true);
                lineBreak(indent + 1);
            }
        }
        out.append("}", true);
    }

    private void items(String open, List<?> items, String close, int indent, int allowance) {
        out.append(open, true);
        for (int i = 0; i < items.size(); i++) {
            boolean last = i == items.size() - 1;
            print(items.get(i), indent + 1, last ? allowance + close.length() : 1, false);
            if (!last) {
                out.append(",", true);
                lineBreak(indent + 1);
            }
        }
        out.append(close, true);
    }

    /** Writes a long string as several, split behind white space; outermost in parentheses. */
    private void text(Text text, Text whole, int indent, int allowance, boolean outermost) {
        int column = indent + (outermost ? 1 : 0);
        int behind = allowance + (outermost ? 1 : 0);
        List<Text> parts = new ArrayList<>();
        List<Object> lines = Splitting.lines(text, true, budget);
        for (int i = 0; i < lines.size(); i++) {
            Text line = (Text) lines.get(i);
            boolean last = i == lines.size() - 1;
            if (repr(line).codePoints() <= WIDTH - column - (last ? behind : 0)) {
                parts.add(repr(line));
            } else {
                words(line, WIDTH - column, last ? behind : 0, parts);
            }
        }
        if (parts.size() == 1) {
            out.append(lines.size() == 1 ? whole : repr((Text) lines.getLast()));
            return;
        }
        out.append(outermost ? "(" : "", true);
        for (int i = 0; i < parts.size(); i++) {
            if (i > 0) {
                lineBreak(column);
            }
            out.append(parts.get(i));
        }
        out.append(outermost ? ")" : "", true);
    }

    private void words(Text line, int width, int behind, List<Text> parts) {
        String chars = line.chars();
        int start = 0;
        int at = 0;
        while (at < chars.length()) {
            int end = at;
            while (end < chars.length() && !Characters.isSpace(chars.charAt(end))) {
                end++;
            }
            while (end < chars.length() && Characters.isSpace(chars.charAt(end))) {
                end++;
            }
            int remaining = width - (end == chars.length() ? behind : 0);
            if (at > start && repr(line.slice(start, end, budget)).codePoints() > remaining) {
                parts.add(repr(line.slice(start, at, budget)));
                start = at;
            }
            at = end;
        }
        if (start < chars.length()) {
            parts.add(repr(line.slice(start, chars.length(), budget)));
        }
        budget.elements(parts.size());
    }

    private Text repr(Text text) {
        return Printer.repr(text, budget);
    }
}
