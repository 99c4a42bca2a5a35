package tramontane.chat.jinja;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.IntPredicate;

/** The methods of Python's {@code str}. */
final class StringMethods {
    static final Builtins TABLE =
            MoreStringMethods.addTo(new Builtins())
                    .add(
                            "upper",
                            "",
                            (in, s, a) ->
                                    ((Text) s)
                                            .map(run -> run.toUpperCase(Locale.ROOT), in.budget()))
                    .add(
                            "lower",
                            "",
                            (in, s, a) ->
                                    ((Text) s)
                                            .map(run -> run.toLowerCase(Locale.ROOT), in.budget()))
                    .add("capitalize", "", (in, s, a) -> capitalized((Text) s, in.budget()))
                    .add("title", "", (in, s, a) -> titled((Text) s, in.budget()))
                    .add(
                            "swapcase",
                            "",
                            (in, s, a) -> ((Text) s).map(StringMethods::swapped, in.budget()))
                    .add(
                            "strip",
                            "chars",
                            (in, s, a) -> strip((Text) s, a, true, true, in.budget()))
                    .add(
                            "lstrip",
                            "chars",
                            (in, s, a) -> strip((Text) s, a, true, false, in.budget()))
                    .add(
                            "rstrip",
                            "chars",
                            (in, s, a) -> strip((Text) s, a, false, true, in.budget()))
                    .add(
                            "split",
                            "sep maxsplit",
                            (in, s, a) -> split((Text) s, a, false, in.budget()))
                    .add(
                            "rsplit",
                            "sep maxsplit",
                            (in, s, a) -> split((Text) s, a, true, in.budget()))
                    .add(
                            "splitlines",
                            "keepends",
                            (in, s, a) ->
                                    Splitting.lines(
                                            (Text) s, a.flag("keepends", false), in.budget()))
                    .add(
                            "partition",
                            "sep",
                            (in, s, a) ->
                                    Splitting.partition(
                                            (Text) s, a.text("sep"), false, in.budget()))
                    .add(
                            "rpartition",
                            "sep",
                            (in, s, a) ->
                                    Splitting.partition((Text) s, a.text("sep"), true, in.budget()))
                    .add(
                            "replace",
                            "old new count",
                            (in, s, a) -> replace((Text) s, a, in.budget()))
                    .add(
                            "join",
                            "iterable",
                            (in, s, a) -> join((Text) s, a.required("iterable"), in.budget()))
                    .add(
                            "startswith",
                            "prefix start end",
                            (in, s, a) -> affix((Text) s, a, "prefix", in))
                    .add(
                            "endswith",
                            "suffix start end",
                            (in, s, a) -> affix((Text) s, a, "suffix", in))
                    .add("find", "sub start end", (in, s, a) -> find((Text) s, a, false, in))
                    .add("rfind", "sub start end", (in, s, a) -> find((Text) s, a, true, in))
                    .add(
                            "index",
                            "sub start end",
                            (in, s, a) -> found(find((Text) s, a, false, in)))
                    .add(
                            "rindex",
                            "sub start end",
                            (in, s, a) -> found(find((Text) s, a, true, in)))
                    .add("count", "sub start end", (in, s, a) -> count((Text) s, a, in))
                    .add("format", Builtins.ANY, (in, s, a) -> BraceFormat.format((Text) s, a, in))
                    .add(
                            "removeprefix",
                            "prefix",
                            (in, s, a) -> removePrefix((Text) s, a.text("prefix"), in.budget()))
                    .add(
                            "removesuffix",
                            "suffix",
                            (in, s, a) -> removeSuffix((Text) s, a.text("suffix"), in.budget()))
                    .add(
                            "ljust",
                            "width fillchar",
                            (in, s, a) -> pad((Text) s, a, '<', in.budget()))
                    .add(
                            "rjust",
                            "width fillchar",
                            (in, s, a) -> pad((Text) s, a, '>', in.budget()))
                    .add(
                            "center",
                            "width fillchar",
                            (in, s, a) -> pad((Text) s, a, '^', in.budget()))
                    .add("zfill", "width", (in, s, a) -> zeros((Text) s, a, in.budget()))
                    .add("isalpha", "", (in, s, a) -> all((Text) s, Character::isLetter, in))
                    .add(
                            "isspace",
                            "",
                            (in, s, a) ->
                                    all(
                                            (Text) s,
                                            c -> c < 65536 && Characters.isSpace((char) c),
                                            in))
                    .add("isupper", "", (in, s, a) -> isCase((Text) s, true, in.budget()))
                    .add("islower", "", (in, s, a) -> isCase((Text) s, false, in.budget()));

    private StringMethods() {}

    static Text capitalized(Text text, Budget budget) {
        if (text.isEmpty()) {
            return text;
        }
        int first = Character.charCount(text.chars().codePointAt(0));
        Text head = text.slice(0, first, budget).map(StringMethods::titleCase, budget);
        Text tail =
                text.slice(first, text.length(), budget)
                        .map(run -> run.toLowerCase(Locale.ROOT), budget);
        return new TextBuilder(budget).append(head).append(tail).build();
    }

    private static String titleCase(String run) {
        int point = run.codePointAt(0);
        int title = Character.toTitleCase(point);
        // The title case of a character can be two characters, which only String.toUpperCase
        // returns.
        String upper = run.toUpperCase(Locale.ROOT);
        if (title != point || upper.length() <= run.length()) {
            return Character.toString(title);
        }
        boolean cased = Character.isUpperCase(upper.charAt(0));
        return upper.charAt(0)
                + (cased ? upper.substring(1).toLowerCase(Locale.ROOT) : upper.substring(1));
    }

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
                                                : titleCase(letter));
                                insideWord[0] = Character.isLetter(point);
                            });
                    return out.toString();
                },
                budget);
    }

    private static String swapped(String run) {
        StringBuilder out = new StringBuilder(run.length());
        run.codePoints()
                .forEach(point -> {
                    String letter = Character.toString(point);
                    out.append(
                            Character.isUpperCase(point)
                                    ? letter.toLowerCase(Locale.ROOT)
                                    : letter.toUpperCase(Locale.ROOT));
                });
        return out.toString();
    }

    private static Text strip(
            Text text, Arguments arguments, boolean left, boolean right, Budget budget) {
        Object chars = arguments.get("chars", None.NONE);
        return chars == None.NONE
                ? strip(text, c -> c < 65536 && Characters.isSpace((char) c), left, right, budget)
                : strip(
                        text,
                        c -> Values.text(chars, "chars").chars().indexOf(c) >= 0,
                        left,
                        right,
                        budget);
    }

    static Text strip(Text text, IntPredicate strips, boolean left, boolean right, Budget budget) {
        budget.scan(text.length());
        String chars = text.chars();
        int from = 0;
        int to = chars.length();
        while (left && from < to && strips.test(chars.codePointAt(from))) {
            from += Character.charCount(chars.codePointAt(from));
        }
        while (right && from < to && strips.test(chars.codePointBefore(to))) {
            to -= Character.charCount(chars.codePointBefore(to));
        }
        return text.slice(from, to, budget);
    }

    private static Object split(Text text, Arguments arguments, boolean fromRight, Budget budget) {
        int max = arguments.number("maxsplit", -1);
        int pieces = max < 0 ? Integer.MAX_VALUE : max;
        if (arguments.get("sep", None.NONE) == None.NONE) {
            return Splitting.onSpace(text, pieces, fromRight, budget);
        }
        return Splitting.on(text, arguments.text("sep"), pieces, fromRight, budget);
    }

    private static Text replace(Text text, Arguments arguments, Budget budget) {
        return replace(
                text,
                arguments.text("old"),
                arguments.text("new"),
                arguments.number("count", -1),
                budget);
    }

    static Text replace(Text text, Text old, Text replacement, int count, Budget budget) {
        budget.search(text.length(), old.length());
        TextBuilder out = new TextBuilder(budget);
        int left = count < 0 ? Integer.MAX_VALUE : count;
        int at = 0;
        int from = 0;
        while (left-- > 0) {
            int found = text.chars().indexOf(old.chars(), from);
            if (found < 0 || found < from) {
                break;
            }
            out.append(text, at, found).append(replacement);
            at = found + old.length();
            from = at;
            if (old.isEmpty()) {
                if (found == text.length()) {
                    break;
                }
                from = found + Character.charCount(text.chars().codePointAt(found));
            }
        }
        return out.append(text, at, text.length()).build();
    }

    static Text join(Text separator, Object values, Budget budget) {
        TextBuilder out = new TextBuilder(budget);
        boolean first = true;
        for (Object value : Values.items(values, budget)) {
            if (!first) {
                out.append(separator);
            }
            out.append(Values.text(value, "sequence item"));
            first = false;
        }
        return out.build();
    }

    private static Object affix(Text text, Arguments arguments, String side, Interpreter in) {
        Object affix = arguments.required(side);
        List<Object> candidates = affix instanceof Tuple tuple ? tuple.items() : List.of(affix);
        if (startsBeyond(text, arguments)) {
            return false;
        }
        Text range = range(text, arguments, in);
        for (Object candidate : candidates) {
            String chars = Values.text(candidate, side).chars();
            if (side.equals("prefix")
                    ? range.chars().startsWith(chars)
                    : range.chars().endsWith(chars)) {
                return true;
            }
        }
        return false;
    }

    private static Text range(Text text, Arguments arguments, Interpreter in) {
        if (!arguments.has("start")) {
            return text;
        }
        List<Object> bounds =
                new ArrayList<>(
                        List.of(arguments.required("start"), arguments.get("end", None.NONE), 1L));
        return (Text) Access.slice(text, bounds, in);
    }

    private static long find(Text text, Arguments arguments, boolean last, Interpreter in) {
        in.budget().search(text.length(), arguments.text("sub").length());
        if (startsBeyond(text, arguments)) {
            return -1;
        }
        Text range = range(text, arguments, in);
        String sub = arguments.text("sub").chars();
        int found = last ? range.chars().lastIndexOf(sub) : range.chars().indexOf(sub);
        if (found < 0) {
            return -1;
        }
        boolean whole = arguments.get("start", None.NONE) == None.NONE;
        long start = whole ? 0 : arguments.number("start", 0);
        long before = start < 0 ? Math.max(0, start + text.codePoints()) : start;
        return before + range.chars().codePointCount(0, found);
    }

    private static Object found(long index) {
        if (index < 0) {
            throw TemplateException.failed("substring not found");
        }
        return index;
    }

    private static Object count(Text whole, Arguments arguments, Interpreter in) {
        Text sub = arguments.text("sub");
        in.budget().search(whole.length(), sub.length());
        if (startsBeyond(whole, arguments)) {
            return 0L;
        }
        Text text = range(whole, arguments, in);
        if (sub.isEmpty()) {
            return text.codePoints() + 1L;
        }
        long count = 0;
        for (int at = text.chars().indexOf(sub.chars());
                at >= 0;
                at = text.chars().indexOf(sub.chars(), at + sub.length())) {
            count++;
        }
        return count;
    }

    /** Nothing is found behind the end, not even the empty text. */
    private static boolean startsBeyond(Text text, Arguments arguments) {
        return arguments.get("start", None.NONE) != None.NONE
                && arguments.number("start", 0) > text.codePoints();
    }

    private static Text removePrefix(Text text, Text prefix, Budget budget) {
        boolean has = text.chars().startsWith(prefix.chars());
        return has ? text.slice(prefix.length(), text.length(), budget) : text;
    }

    private static Text removeSuffix(Text text, Text suffix, Budget budget) {
        boolean has = text.chars().endsWith(suffix.chars());
        return has ? text.slice(0, text.length() - suffix.length(), budget) : text;
    }

    private static Text pad(Text text, Arguments arguments, char align, Budget budget) {
        String fill = arguments.text("fillchar", " ").chars();
        if (fill.codePointCount(0, fill.length()) != 1) {
            throw TemplateException.failed("the fill character must be exactly one character long");
        }
        int width = arguments.number("width", 0);
        return align == '^'
                ? Padding.center(text, width, fill.codePointAt(0), budget)
                : Padding.pad(text, width, fill.codePointAt(0), align, budget);
    }

    private static Text zeros(Text text, Arguments arguments, Budget budget) {
        boolean signed = text.chars().startsWith("-") || text.chars().startsWith("+");
        Text sign = text.slice(0, signed ? 1 : 0, budget);
        Text digits = text.slice(signed ? 1 : 0, text.length(), budget);
        int width = arguments.number("width", 0) - sign.length();
        return new TextBuilder(budget)
                .append(sign)
                .append(Padding.pad(digits, width, '0', '>', budget))
                .build();
    }

    private static Object all(Text text, IntPredicate test, Interpreter in) {
        in.budget().scan(text.length());
        return !text.isEmpty() && text.chars().codePoints().allMatch(test);
    }

    static boolean isCase(Text text, boolean upper, Budget budget) {
        budget.scan(text.length());
        IntPredicate wanted = upper ? Character::isUpperCase : Character::isLowerCase;
        IntPredicate other = upper ? Character::isLowerCase : Character::isUpperCase;
        return text.chars().codePoints().anyMatch(wanted)
                && text.chars().codePoints().noneMatch(other);
    }
}
