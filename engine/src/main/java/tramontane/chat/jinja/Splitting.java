package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.List;

/** Python's methods to split a string. */
final class Splitting {
    private Splitting() {}

    static List<Object> on(Text text, Text separator, int max, boolean fromRight, Budget budget) {
        if (separator.isEmpty()) {
            throw TemplateException.failed("empty separator");
        }
        budget.search(text.length(), separator.length());
        return fromRight
                ? onFromRight(text, separator, max, budget)
                : onFromLeft(text, separator, max, budget);
    }

    private static List<Object> onFromLeft(Text text, Text separator, int max, Budget budget) {
        List<Object> pieces = new ArrayList<>();
        int at = 0;
        for (int found = text.chars().indexOf(separator.chars());
                found >= 0 && pieces.size() < max;
                found = text.chars().indexOf(separator.chars(), at)) {
            add(pieces, text, at, found, budget);
            at = found + separator.length();
        }
        add(pieces, text, at, text.length(), budget);
        return pieces;
    }

    private static List<Object> onFromRight(Text text, Text separator, int max, Budget budget) {
        List<Object> pieces = new ArrayList<>();
        int end = text.length();
        while (pieces.size() < max) {
            int found =
                    end < separator.length()
                            ? -1
                            : text.chars().lastIndexOf(separator.chars(), end - separator.length());
            if (found < 0) {
                break;
            }
            add(pieces, text, found + separator.length(), end, budget);
            end = found;
        }
        add(pieces, text, 0, end, budget);
        return pieces.reversed().stream().toList();
    }

    static List<Object> onSpace(Text text, int max, boolean fromRight, Budget budget) {
        budget.scan(text.length());
        return fromRight ? onSpaceFromRight(text, max, budget) : onSpaceFromLeft(text, max, budget);
    }

    private static List<Object> onSpaceFromLeft(Text text, int max, Budget budget) {
        List<Object> pieces = new ArrayList<>();
        String chars = text.chars();
        int at = skip(chars, 0, true);
        while (at < chars.length()) {
            boolean last = pieces.size() >= max;
            int end = last ? chars.length() : skip(chars, at, false);
            add(pieces, text, at, end, budget);
            at = last ? chars.length() : skip(chars, end, true);
        }
        return pieces;
    }

    private static List<Object> onSpaceFromRight(Text text, int max, Budget budget) {
        List<Object> pieces = new ArrayList<>();
        String chars = text.chars();
        int end = stripEnd(chars, chars.length());
        while (end > 0) {
            int start = end;
            boolean last = pieces.size() >= max;
            while (start > 0 && !last && !Characters.isSpace(chars.charAt(start - 1))) {
                start--;
            }
            start = last ? 0 : start;
            add(pieces, text, start, end, budget);
            end = last ? 0 : stripEnd(chars, start);
        }
        return pieces.reversed().stream().toList();
    }

    private static int skip(String chars, int from, boolean space) {
        int at = from;
        while (at < chars.length() && Characters.isSpace(chars.charAt(at)) == space) {
            at++;
        }
        return at;
    }

    private static int stripEnd(String chars, int from) {
        int end = from;
        while (end > 0 && Characters.isSpace(chars.charAt(end - 1))) {
            end--;
        }
        return end;
    }

    private static void add(List<Object> pieces, Text text, int from, int to, Budget budget) {
        budget.elements(1);
        pieces.add(text.slice(from, to, budget));
    }

    static List<Object> lines(Text text, boolean keepEnds, Budget budget) {
        List<Object> lines = new ArrayList<>();
        String chars = text.chars();
        int at = 0;
        for (int i = 0; i < chars.length(); i++) {
            if (!endsLine(chars.charAt(i))) {
                continue;
            }
            boolean pair =
                    chars.charAt(i) == '\r'
                            && i + 1 < chars.length()
                            && chars.charAt(i + 1) == '\n';
            int next = i + (pair ? 2 : 1);
            add(lines, text, at, keepEnds ? next : i, budget);
            at = next;
            i = next - 1;
        }
        if (at < chars.length()) {
            add(lines, text, at, chars.length(), budget);
        }
        return lines;
    }

    private static boolean endsLine(char c) {
        return (c >= '\n' && c <= '\r')
                || (c >= 0x1C && c <= 0x1E)
                || c == 0x85
                || c == 0x2028
                || c == 0x2029;
    }

    static Tuple partition(Text text, Text separator, boolean last, Budget budget) {
        if (separator.isEmpty()) {
            throw TemplateException.failed("empty separator");
        }
        budget.search(text.length(), separator.length());
        int found =
                last
                        ? text.chars().lastIndexOf(separator.chars())
                        : text.chars().indexOf(separator.chars());
        if (found < 0) {
            return last
                    ? Tuple.of(Text.EMPTY, Text.EMPTY, text)
                    : Tuple.of(text, Text.EMPTY, Text.EMPTY);
        }
        int end = found + separator.length();
        return Tuple.of(
                text.slice(0, found, budget),
                text.slice(found, end, budget),
                text.slice(end, text.length(), budget));
    }
}
