package tramontane.grammar;

import java.util.List;

/** Behind some rounds of a repetition. */
final class RepeatNode extends PassingNode {
    private final Grammar.Repeat repeat;
    private final int rounds;

    RepeatNode(Grammar.Repeat repeat, int rounds, Node rest) {
        super(rest, 31 * System.identityHashCode(repeat) + rounds);
        this.repeat = repeat;
        this.rounds = rounds;
    }

    @Override
    void resume(Object scalar, Machine machine, Nodes out) {
        if (rounds >= repeat.min()) {
            rest.resume(Scalar.NONE, machine, out);
        }
        if (rounds < repeat.max()) {
            Node behind = new RepeatNode(repeat, rounds + 1, rest);
            if (rounds == 0) {
                Entry.enter(repeat.part(), behind, machine, out);
            } else {
                Entry.enter(
                        repeat.between(),
                        new SequenceNode(List.of(repeat.part()), 0, behind),
                        machine,
                        out);
            }
        }
    }

    @Override
    boolean same(Node other) {
        return other instanceof RepeatNode node && repeat == node.repeat && rounds == node.rounds;
    }
}
