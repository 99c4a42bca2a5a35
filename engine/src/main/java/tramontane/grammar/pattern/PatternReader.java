package tramontane.grammar.pattern;

import java.util.ArrayList;
import java.util.List;
import tramontane.grammar.automaton.AutomatonLimits;
import tramontane.grammar.automaton.CharSet;

/**
 * Parses regular expressions of JavaScript with the {@code u} flag. Where that flag would refuse,
 * it parses as JavaScript does without the flag: a single brace and an escaped letter without a
 * meaning stand for themselves.
 *
 * <p>Syntax of other dialects is accepted if its meaning is obvious ({@code (?i)}, {@code \A},
 * {@code \z}, {@code [[:alpha:]]}, {@code (?P<name>...)}) and refused otherwise. Groups do not
 * capture.
 */
final class PatternReader {
    private static final CharSet ANY_BUT_LINE_END = UnicodeSets.LINE_END.complement();
    private static final PatternNode LINE_BEGIN =
            new PatternNode.Choice(
                    List.of(
                            new PatternNode.Begin(),
                            new PatternNode.Look(
                                    new PatternNode.Chars(UnicodeSets.LINE_END), false, false)));
    private static final PatternNode LINE_STOP =
            new PatternNode.Choice(
                    List.of(
                            new PatternNode.End(),
                            new PatternNode.Look(
                                    new PatternNode.Chars(UnicodeSets.LINE_END), true, false)));

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

    static PatternNode read(String pattern) {
        PatternReader reader = new PatternReader(pattern);
        PatternNode node = reader.choice();
        if (!reader.text.atEnd()) {
            throw reader.text.refuse("')' without '('");
        }
        return node;
    }

    private PatternNode choice() {
        if (++depth > AutomatonLimits.MAX_DEPTH) {
            throw text.refuse(
                    "groups are nested more than " + AutomatonLimits.MAX_DEPTH + " levels deep");
        }
        List<PatternNode> options = new ArrayList<>();
        do {
            options.add(sequence());
        } while (text.take('|'));
        depth--;
        return options.size() == 1
                ? options.getFirst()
                : new PatternNode.Choice(List.copyOf(options));
    }

    private PatternNode sequence() {
        List<PatternNode> parts = new ArrayList<>();
        while (!text.atEnd() && text.peek() != '|' && text.peek() != ')') {
            parts.add(quantified(atom()));
        }
        return parts.size() == 1 ? parts.getFirst() : new PatternNode.Sequence(List.copyOf(parts));
    }

    private PatternNode atom() {
        int c = text.next();
        return switch (c) {
            case '^' -> flags.lines() ? LINE_BEGIN : new PatternNode.Begin();
            case '$' -> flags.lines() ? LINE_STOP : new PatternNode.End();
            case '(' -> group();
            case '.' -> new PatternNode.Chars(flags.dotAll() ? CharSet.all() : ANY_BUT_LINE_END);
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

    private PatternNode chars(CharSet set) {
        return new PatternNode.Chars(flags.ignoreCase() ? UnicodeSets.foldCase(set) : set);
    }

    private PatternNode escape() {
        if (text.atEnd()) {
            throw text.refuse("a backslash at the end");
        }
        switch (text.peek()) {
            case 'b', 'B' -> {
                return new PatternNode.WordEdge(text.next() == 'B');
            }
            case 'A' -> {
                text.next();
                return new PatternNode.Begin();
            }
            case 'Z', 'z' -> {
                text.next();
                return new PatternNode.End();
            }
            default -> {
                return chars(escapes.read(false).set());
            }
        }
    }

    private PatternNode group() {
        Flags before = flags;
        PatternNode node;
        if (!text.take('?')) {
            node = choice();
        } else if (text.take(':')) {
            node = choice();
        } else if (text.take('=')) {
            node = new PatternNode.Look(choice(), true, false);
        } else if (text.take('!')) {
            node = new PatternNode.Look(choice(), true, true);
        } else if (text.take("<=")) {
            node = new PatternNode.Look(choice(), false, false);
        } else if (text.take("<!")) {
            node = new PatternNode.Look(choice(), false, true);
        } else if (text.take("<") || text.take("P<")) {
            name();
            node = choice();
        } else if (text.take('#')) {
            text.skipUntil(')');
            node = PatternNode.EMPTY;
        } else if (flagged()) {
            node = choice();
        } else {
            // (?i) applies until the end of the enclosing group.
            return PatternNode.EMPTY;
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

    /** Reads {@code i)}, {@code i:} and the like; true if a group follows. */
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
                    // Texts are always Unicode.
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

    private PatternNode quantified(PatternNode atom) {
        if (text.atEnd()) {
            return atom;
        }
        int[] counts =
                switch (text.peek()) {
                    case '*' -> skip(0, PatternNode.Repeat.UNBOUNDED);
                    case '+' -> skip(1, PatternNode.Repeat.UNBOUNDED);
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
                    // The next atom follows.
                }
            }
        }
        return new PatternNode.Repeat(atom, counts[0], counts[1]);
    }

    private int[] skip(int min, int max) {
        text.next();
        return new int[] {min, max};
    }

    /** Reads {@code {n}}, {@code {n,}} or {@code {n,m}}; reads nothing if it is none of these. */
    private int[] counts() {
        int start = text.position();
        text.next();
        int min = text.number();
        int max = min;
        if (min >= 0 && text.take(',')) {
            max = text.number();
            max = max < 0 ? PatternNode.Repeat.UNBOUNDED : max;
        }
        if (min < 0 || !text.take('}')) {
            text.position(start);
            return NO_COUNTS;
        }
        if (min > max) {
            throw text.refuse("a count whose minimum is greater than its maximum");
        }
        return new int[] {min, max};
    }
}
