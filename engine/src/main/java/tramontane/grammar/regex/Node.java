package tramontane.grammar.regex;

import java.util.List;

/** A pattern as it was read. */
sealed interface Node {
    Node EMPTY = new Sequence(List.of());

    /** One code point of a set. */
    record Chars(CharSet set) implements Node {}

    record Sequence(List<Node> parts) implements Node {}

    record Choice(List<Node> options) implements Node {}

    /**
     * @param most {@link #UNBOUNDED} for no limit
     */
    record Repeat(Node part, int least, int most) implements Node {
        static final int UNBOUNDED = Integer.MAX_VALUE;
    }

    /** Takes nothing: says what must, or must not, follow here or have come before. */
    record Look(Node part, boolean ahead, boolean negated) implements Node {}

    /** Takes nothing: the beginning of the text. */
    record Begin() implements Node {}

    /** Takes nothing: the end of the text. */
    record End() implements Node {}

    /** Takes nothing: one of the neighbours is a word's character, or if negated none or both. */
    record WordEdge(boolean negated) implements Node {}
}
