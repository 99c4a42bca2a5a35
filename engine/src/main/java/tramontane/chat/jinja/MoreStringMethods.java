package tramontane.chat.jinja;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.IntPredicate;

/** The methods of Python's {@code str} that templates rarely use. */
final class MoreStringMethods {
    private static final int TAB_SIZE = 8;

    private MoreStringMethods() {}

    static Builtins addTo(Builtins table) {
        return table.add("expandtabs", "tabsize", (in, s, a) -> withoutTabs((Text) s, a, in))
                .add("translate", "table", (in, s, a) -> translated((Text) s, a, in))
                .add("maketrans", "x y z", (in, s, a) -> translations(a, in))
                .add(
                        "format_map",
                        "mapping",
                        (in, s, a) -> BraceFormat.formatMap((Text) s, a.required("mapping"), in))
                .add("encode", "encoding errors", (in, s, a) -> encoded((Text) s, a))
                .add(
                        "casefold",
                        "",
                        (in, s, a) -> ((Text) s).map(MoreStringMethods::folded, in.budget()))
                .add("isascii", "", (in, s, a) -> isAll((Text) s, c -> c < 128, true, in))
                .add(
                        "isprintable",
                        "",
                        (in, s, a) -> isAll((Text) s, Characters::isPrintable, true, in))
                .add("isidentifier", "", (in, s, a) -> isIdentifier((Text) s, in))
                .add("istitle", "", (in, s, a) -> isTitle((Text) s, in))
                .add("isdecimal", "", (in, s, a) -> isAll((Text) s, Character::isDigit, false, in))
                .add("isdigit", "", (in, s, a) -> isAll((Text) s, Characters::isDigit, false, in))
                .add(
                        "isnumeric",
                        "",
                        (in, s, a) -> isAll((Text) s, Characters::isNumeric, false, in))
                .add(
                        "isalnum",
                        "",
                        (in, s, a) ->
                                isAll(
                                        (Text) s,
                                        c -> Character.isLetter(c) || Characters.isNumeric(c),
                                        false,
                                        in));
    }

    private static Object withoutTabs(Text text, Arguments arguments, Interpreter in) {
        int size = arguments.number("tabsize", TAB_SIZE);
        TextBuilder out = new TextBuilder(in.budget());
        String chars = text.chars();
        int column = 0;
        int from = 0;
        for (int i = 0; i < chars.length(); i++) {
            char c = chars.charAt(i);
            if (c == '\t') {
                Text tab = text.slice(i, i + 1, in.budget());
                int blanks = size > 0 ? size - column % size : 0;
                in.budget().grow(out.length(), blanks);
                out.append(text, from, i)
                        .append(
                                " ".repeat(blanks),
                                !tab.spans().isEmpty() && tab.spans().getFirst().trusted());
                column += blanks;
                from = i + 1;
            } else {
                boolean begins = !Character.isLowSurrogate(c);
                column = c == '\n' || c == '\r' ? 0 : column + (begins ? 1 : 0);
            }
        }
        return out.append(text, from, chars.length()).build();
    }

    private static Object translated(Text text, Arguments arguments, Interpreter in) {
        if (!(arguments.required("table") instanceof Map<?, ?> table)) {
            throw TemplateException.failed("translate() needs a dictionary");
        }
        TextBuilder out = new TextBuilder(in.budget());
        for (Object item : Values.items(text, in.budget())) {
            Text character = (Text) item;
            Object key = (long) character.chars().codePointAt(0);
            Object to = table.containsKey(key) ? Access.inMap(table, key).orElseThrow() : character;
            switch (to) {
                case None _ -> {}
                case Text other -> out.append(other);
                case Long point when point >= 0 && point <= Character.MAX_CODE_POINT ->
                        out.append(Character.toString(point.intValue()), false);
                default ->
                        throw TemplateException.failed(
                                "character mapping must return integer, None or str");
            }
        }
        return out.build();
    }

    private static Object translations(Arguments arguments, Interpreter in) {
        Map<Object, Object> table = new LinkedHashMap<>();
        if (!arguments.has("y")) {
            if (!(arguments.required("x") instanceof Map<?, ?> given)) {
                throw TemplateException.failed(
                        "if you give only one argument to maketrans it must be a dict");
            }
            given.forEach(
                    (key, value) -> table.put(key instanceof Text text ? point(text) : key, value));
            return table;
        }
        List<Object> from = Values.items(arguments.text("x"), in.budget());
        List<Object> to = Values.items(arguments.text("y"), in.budget());
        if (from.size() != to.size()) {
            throw TemplateException.failed(
                    "the first two maketrans arguments must have equal length");
        }
        for (int i = 0; i < from.size(); i++) {
            table.put(point((Text) from.get(i)), point((Text) to.get(i)));
        }
        for (Object item : Values.items(arguments.text("z", ""), in.budget())) {
            table.put(point((Text) item), None.NONE);
        }
        return table;
    }

    private static Object point(Text character) {
        if (character.codePoints() != 1) {
            throw TemplateException.failed("string keys in translate table must be of length 1");
        }
        return (long) character.chars().codePointAt(0);
    }

    private static Object encoded(Text text, Arguments arguments) {
        String name =
                arguments
                        .text("encoding", "utf-8")
                        .chars()
                        .toLowerCase(Locale.ROOT)
                        .replace('_', '-');
        boolean ascii = name.equals("ascii") || name.equals("us-ascii");
        if (!ascii && !name.equals("utf-8") && !name.equals("utf8")) {
            throw TemplateException.failed("encode() knows utf-8 and ascii, not " + name);
        }
        if (ascii && text.chars().chars().anyMatch(c -> c >= 128)) {
            throw TemplateException.failed("'ascii' codec can't encode the text");
        }
        return new Encoded(text);
    }

    /** Full case folding. */
    private static String folded(String run) {
        StringBuilder out = new StringBuilder(run.length());
        run.codePoints()
                .forEach(point -> {
                    String upper = Character.toString(point).toUpperCase(Locale.ROOT);
                    boolean cherokee =
                            Character.UnicodeScript.of(point) == Character.UnicodeScript.CHEROKEE;
                    switch (point) {
                        case 'ı' -> out.append('ı');
                        case 'ẞ' -> out.append("ss");
                        default ->
                                upper.codePoints()
                                        .forEach(each ->
                                                out.append(
                                                        cherokee
                                                                ? Character.toString(each)
                                                                : Character.toString(each)
                                                                        .toLowerCase(Locale.ROOT)));
                    }
                });
        return out.toString();
    }

    private static Object isAll(Text text, IntPredicate test, boolean emptyToo, Interpreter in) {
        in.budget().scan(text.length());
        return text.isEmpty() ? emptyToo : text.chars().codePoints().allMatch(test);
    }

    private static Object isIdentifier(Text text, Interpreter in) {
        in.budget().scan(text.length());
        String chars = text.chars();
        if (text.isEmpty()
                || (chars.charAt(0) != '_'
                        && !Character.isUnicodeIdentifierStart(chars.codePointAt(0)))) {
            return false;
        }
        return chars.codePoints()
                .allMatch(c ->
                        c == '_'
                                || Character.isUnicodeIdentifierPart(c)
                                        && !Character.isIdentifierIgnorable(c));
    }

    /** True if words start with a capital and continue with small letters. */
    private static Object isTitle(Text text, Interpreter in) {
        in.budget().scan(text.length());
        boolean inside = false;
        boolean any = false;
        for (int point : text.chars().codePoints().toArray()) {
            boolean capital = Character.isUpperCase(point) || Character.isTitleCase(point);
            boolean small = Character.isLowerCase(point);
            if (capital && inside || small && !inside) {
                return false;
            }
            inside = capital || small;
            any |= inside;
        }
        return any;
    }
}
