package tramontane.grammar.pattern;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.grammar.automaton.CharSet;
import tramontane.grammar.pattern.PatternEscapes.Item;

/** Reads character classes: what is between brackets. */
final class PatternClasses {
    private static final CharSet DASH = CharSet.of("-");

    private final PatternText text;
    private final PatternEscapes escapes;

    PatternClasses(PatternText text, PatternEscapes escapes) {
        this.text = text;
        this.escapes = escapes;
    }

    /** Reads the class whose opening bracket was just read. */
    CharSet read(boolean ignoreCase) {
        boolean negated = text.take('^');
        List<CharSet> parts = new ArrayList<>();
        while (!text.take(']')) {
            Item first = item();
            boolean range = text.take('-');
            if (range && !text.atEnd() && text.peek() != ']') {
                parts.add(range(first, item()));
            } else {
                parts.add(first.set());
                if (range) {
                    parts.add(DASH);
                }
            }
        }
        CharSet set = CharSet.union(parts);
        if (ignoreCase) {
            set = UnicodeSets.foldCase(set);
        }
        return negated ? set.complement() : set;
    }

    /** The range from one character to another. If either is a set, the dash stands for itself. */
    private CharSet range(Item first, Item last) {
        if (first.only() < 0 || last.only() < 0) {
            return first.set().or(last.set()).or(DASH);
        }
        if (first.only() > last.only()) {
            throw text.refuse("a range whose first character comes after its last");
        }
        return CharSet.range(first.only(), last.only());
    }

    private Item item() {
        if (text.atEnd()) {
            throw text.refuse("'[' without ']'");
        }
        int c = text.next();
        if (c == '\\') {
            if (text.atEnd()) {
                throw text.refuse("a backslash at the end");
            }
            return escapes.read(true);
        }
        if (c == '[' && !text.atEnd() && text.peek() == ':') {
            Optional<CharSet> posix = posix();
            if (posix.isPresent()) {
                return new Item(posix.get(), -1);
            }
        }
        return Item.of(c);
    }

    private Optional<CharSet> posix() {
        int start = text.position();
        text.next();
        String name = text.upTo(':');
        Optional<CharSet> set = text.take(']') ? UnicodeSets.posix(name) : Optional.empty();
        if (set.isEmpty()) {
            text.position(start);
        }
        return set;
    }
}
