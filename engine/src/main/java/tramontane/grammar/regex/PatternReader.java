package tramontane.grammar.regex;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads JavaScript's regular expressions as its {@code u} flag does, and where that flag would
 * refuse, as JavaScript does without it: a lone brace stands for itself, an escaped letter without
 * a meaning too.
 *
 * <p>What only other dialects know is read where it has one obvious meaning ({@code (?i)}, {@code
 * \A}, {@code \z}, {@code [[:alpha:]]}, {@code (?P<name>...)}), else refused. Groups capture
 * nothing here.
 */
final class PatternReader {
    private static final CharSet ANY_BUT_LINE_END = UnicodeSets.LINE_END.complement();
    private static final Node LINE_BEGIN =
            new Node.Choice(
                    List.of(
                            new Node.Begin(),
                            new Node.Look(new Node.Chars(UnicodeSets.LINE_END), false, false)));
    private static final Node LINE_STOP =
            new Node.Choice(
                    List.of(
                            new Node.End(),
                            new Node.Look(new Node.Chars(UnicodeSets.LINE_END), true, false)));

    private final PatternText text;
    private final PatternEscapes escapes;
    private final PatternClasses classes;
    private Flags flags = new Flags(false, false, false);
    private int depth;

    private record Flags(boolean ignoreCase, boolean dotAll, boolean lines) {}

    private PatternReader(String pattern) {
        this.text = new PatternText(pattern);
        this.escapes = new PatternEscapes(text);
        this.classes = new PatternClasses(text, escapes);
    }

    static Node read(String pattern) {
        PatternReader reader = new PatternReader(pattern);
        Node node = reader.choice();
        if (!reader.text.atEnd()) {
            throw reader.text.refuse("')' without '('");
        }
        return node;
    }

    private Node choice() {
        if (++depth > Limits.DEPTH) {
            throw text.refuse("groups are nested more than " + Limits.DEPTH + " deep");
        }
        List<Node> options = new ArrayList<>();
        do {
            options.add(sequence());
        } while (text.take('|'));
        depth--;
        return options.size() == 1 ? options.getFirst() : new Node.Choice(List.copyOf(options));
    }

    private Node sequence() {
        List<Node> parts = new ArrayList<>();
        while (!text.atEnd() && text.peek() != '|' && text.peek() != ')') {
            parts.add(quantified(atom()));
        }
        return parts.size() == 1 ? parts.getFirst() : new Node.Sequence(List.copyOf(parts));
    }

    private Node atom() {
        int c = text.next();
        return switch (c) {
            case '^' -> flags.lines() ? LINE_BEGIN : new Node.Begin();
            case '$' -> flags.lines() ? LINE_STOP : new Node.End();
            case '(' -> group();
            case '.' -> new Node.Chars(flags.dotAll() ? CharSet.all() : ANY_BUT_LINE_END);
            case '[' -> chars(classes.read(flags.ignoreCase()));
            case '\\' -> escape();
            case '*', '+', '?' -> throw text.refuse("nothing to repeat before '" + (char) c + "'");
            case '{' -> {
                text.back();
                if (counts() != NO_COUNTS) {
                    throw text.refuse("nothing to repeat before a count");
                }
                yield chars(CharSet.of("" + (char) text.next()));
            }
            default -> chars(CharSet.range(c, c));
        };
    }

    private Node chars(CharSet set) {
        return new Node.Chars(flags.ignoreCase() ? UnicodeSets.foldCase(set) : set);
    }

    private Node escape() {
        if (text.atEnd()) {
            throw text.refuse("a backslash at the end");
        }
        switch (text.peek()) {
            case 'b', 'B' -> {
                return new Node.WordEdge(text.next() == 'B');
            }
            case 'A' -> {
                text.next();
                return new Node.Begin();
            }
            case 'Z', 'z' -> {
                text.next();
                return new Node.End();
            }
            default -> {
                return chars(escapes.read(false).set());
            }
        }
    }

    private Node group() {
        Flags before = flags;
        Node node;
        if (!text.take('?')) {
            node = choice();
        } else if (text.take(':')) {
            node = choice();
        } else if (text.take('=')) {
            node = new Node.Look(choice(), true, false);
        } else if (text.take('!')) {
            node = new Node.Look(choice(), true, true);
        } else if (text.take("<=")) {
            node = new Node.Look(choice(), false, false);
        } else if (text.take("<!")) {
            node = new Node.Look(choice(), false, true);
        } else if (text.take("<") || text.take("P<")) {
            name();
            node = choice();
        } else if (text.take('#')) {
            text.skipUntil(')');
            node = Node.EMPTY;
        } else if (flagged()) {
            node = choice();
        } else {
            // (?i) holds until the end of the group around it.
            return Node.EMPTY;
        }
        if (!text.take(')')) {
            throw text.refuse("'(' without ')'");
        }
        flags = before;
        return node;
    }

    private void name() {
        int start = text.position();
        text.skipUntil('>');
        if (text.position() == start) {
            throw text.refuse("a group with an empty name");
        }
        text.next();
    }

    /** Takes {@code i)} or {@code i:} and the like; true if a group follows. */
    private boolean flagged() {
        boolean on = true;
        while (true) {
            if (text.atEnd()) {
                throw text.refuse("'(' without ')'");
            }
            int c = text.next();
            switch (c) {
                case '-' -> on = false;
                case 'i' -> flags = new Flags(on, flags.dotAll(), flags.lines());
                case 's' -> flags = new Flags(flags.ignoreCase(), on, flags.lines());
                case 'm' -> flags = new Flags(flags.ignoreCase(), flags.dotAll(), on);
                case 'u' -> {
                    // Texts are Unicode anyway.
                }
                case ')', ':' -> {
                    return c == ':';
                }
                case '>' -> throw text.refuse("atomic groups are not supported");
                case 'P' -> throw text.refuse("backreferences are not supported");
                default ->
                        throw text.refuse(
                                "(?" + Character.toString(c) + " is not supported in a pattern");
            }
        }
    }

    private static final int[] NO_COUNTS = {};

    private Node quantified(Node atom) {
        if (text.atEnd()) {
            return atom;
        }
        int[] counts =
                switch (text.peek()) {
                    case '*' -> skip(0, Node.Repeat.UNBOUNDED);
                    case '+' -> skip(1, Node.Repeat.UNBOUNDED);
                    case '?' -> skip(0, 1);
                    case '{' -> counts();
                    default -> NO_COUNTS;
                };
        if (counts == NO_COUNTS) {
            return atom;
        }
        if (!text.take('?') && !text.atEnd()) {
            switch (text.peek()) {
                case '+' -> throw text.refuse("possessive quantifiers are not supported");
                case '*', '?' -> throw text.refuse("nothing to repeat");
                default -> {
                    // The next atom.
                }
            }
        }
        return new Node.Repeat(atom, counts[0], counts[1]);
    }

    private int[] skip(int least, int most) {
        text.next();
        return new int[] {least, most};
    }

    /** {@code {n}}, {@code {n,}} or {@code {n,m}}; takes nothing if it is none of these. */
    private int[] counts() {
        int start = text.position();
        text.next();
        int least = text.number();
        int most = least;
        if (least >= 0 && text.take(',')) {
            most = text.number();
            most = most < 0 ? Node.Repeat.UNBOUNDED : most;
        }
        if (least < 0 || !text.take('}')) {
            text.position(start);
            return NO_COUNTS;
        }
        if (least > most) {
            throw text.refuse("a count whose least is more than its most");
        }
        return new int[] {least, most};
    }
}
