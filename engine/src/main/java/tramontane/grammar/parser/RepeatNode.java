package tramontane.grammar.parser;

import java.util.List;
import tramontane.grammar.Grammar;

/** Counts the rounds of a repetition and starts the next one. */
final class RepeatNode extends PassingNode {
    private final Grammar.Repeat repeat;
    private final int rounds;

    RepeatNode(Grammar.Repeat repeat, int rounds, Node rest) {
        super(rest, 31 * System.identityHashCode(repeat) + rounds);
        this.repeat = repeat;
        this.rounds = rounds;
    }

    @Override
    void resume(Object scalar, GrammarContext context, NodeSet out) {
        if (rounds >= repeat.min()) {
            rest.resume(Scalar.NONE, context, out);
        }
        if (rounds < repeat.max()) {
            Node following = new RepeatNode(repeat, rounds + 1, rest);
            if (rounds == 0) {
                GrammarEntry.enter(repeat.part(), following, context, out);
            } else {
                GrammarEntry.enter(
                        repeat.between(),
                        new SequenceNode(List.of(repeat.part()), 0, following),
                        context,
                        out);
            }
        }
    }

    @Override
    boolean same(Node other) {
        return other instanceof RepeatNode node && repeat == node.repeat && rounds == node.rounds;
    }
}
