package tramontane.grammar.pattern;

import java.util.List;
import tramontane.grammar.automaton.CharSet;

/** The syntax tree of a pattern. */
sealed interface PatternNode {
    PatternNode EMPTY = new Sequence(List.of());

    /** One code point of the set. */
    record Chars(CharSet set) implements PatternNode {}

    record Sequence(List<PatternNode> parts) implements PatternNode {}

    record Choice(List<PatternNode> options) implements PatternNode {}

    /**
     * @param max {@link #UNBOUNDED} for no limit
     */
    record Repeat(PatternNode part, int min, int max) implements PatternNode {
        static final int UNBOUNDED = Integer.MAX_VALUE;
    }

    /** Zero-width: the part must, or must not, match after or before this position. */
    record Look(PatternNode part, boolean ahead, boolean negated) implements PatternNode {}

    /** Zero-width: the start of the text. */
    record Begin() implements PatternNode {}

    /** Zero-width: the end of the text. */
    record End() implements PatternNode {}

    /** Zero-width: exactly one of the neighbors is a word character; if negated, none or both. */
    record WordEdge(boolean negated) implements PatternNode {}
}
