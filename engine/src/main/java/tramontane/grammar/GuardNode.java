package tramontane.grammar;

import tramontane.token.TokenTrie;

/** Within a part that gives way to a branch where the text begins with the branch's mark. */
final class GuardNode extends Node {
    private final Grammar.Guarded guarded;
    private final Marks marks;
    private final Marks.Progress progress;

    /** Where the part is read; its own rest is the end. */
    private final Node part;

    private GuardNode(
            Grammar.Guarded guarded, Marks marks, Marks.Progress progress, Node part, Node rest) {
        super(
                rest,
                31 * (31 * System.identityHashCode(guarded) + progress.hashCode())
                        + part.hashCode());
        this.guarded = guarded;
        this.marks = marks;
        this.progress = progress;
        this.part = part;
    }

    static void enter(Grammar.Guarded guarded, Node rest, Machine machine, Nodes out) {
        Nodes parts = new Nodes();
        Entry.enter(guarded.part(), EndNode.END, machine, parts);
        wrap(parts, guarded, machine.marks(guarded), Marks.Progress.NONE, rest, machine, out);
    }

    private static void wrap(
            Nodes parts,
            Grammar.Guarded guarded,
            Marks marks,
            Marks.Progress progress,
            Node rest,
            Machine machine,
            Nodes out) {
        for (int i = 0; i < parts.size(); i++) {
            if (parts.get(i) == EndNode.END) {
                rest.resume(Scalar.NONE, machine, out);
            } else {
                out.add(new GuardNode(guarded, marks, progress, parts.get(i), rest));
            }
        }
    }

    @Override
    void step(int label, Machine machine, Nodes out) {
        Marks.Progress next = marks.after(progress, label);
        int branch = marks.complete(next);
        if (branch >= 0) {
            takeOver(branch, label, machine, out);
            return;
        }
        Nodes parts = new Nodes();
        part.step(label, machine, parts);
        wrap(parts, guarded, marks, next, rest, machine, out);
    }

    private void takeOver(int branch, int label, Machine machine, Nodes out) {
        Nodes entered = new Nodes();
        Entry.enter(guarded.branches().get(branch).then(), rest, machine, entered);
        for (int i = 0; i < entered.size(); i++) {
            entered.get(i).step(label, machine, out);
        }
    }

    @Override
    int onlyLabel(Machine machine) {
        int label = part.onlyLabel(machine);
        return label >= 0 && marks.complete(marks.after(progress, label)) >= 0 ? -1 : label;
    }

    @Override
    int likelyLabel(Machine machine, Style style) {
        int label = part.likelyLabel(machine, style);
        return label >= 0 && marks.complete(marks.after(progress, label)) >= 0 ? -1 : label;
    }

    /** The short way out of JSON never begins an object, and so completes no mark. */
    @Override
    Node close(Machine machine, Closing closing) {
        Node next = part.close(machine, closing);
        return next == EndNode.END
                ? rest.resumed(Scalar.NONE, machine)
                : new GuardNode(guarded, marks, progress, next, rest);
    }

    @Override
    void mask(Machine machine, long[] bits) {
        long[] own = machine.mask(part).clone();
        Nodes parts = new Nodes();
        parts.add(part);
        correct(machine, progress, parts, 0, machine.trie().size(), own);
        TokenBits.or(bits, own);
    }

    /** Where a token completes a mark, the branch decides what follows. */
    private void correct(
            Machine machine, Marks.Progress at, Nodes parts, int from, int to, long[] own) {
        TokenTrie trie = machine.trie();
        int missing = marks.missing(at);
        for (int child = from; child < to; child = trie.end(child)) {
            if (missing == Integer.MAX_VALUE || !trie.goesOnFor(child, missing - 1)) {
                continue;
            }
            Marks.Progress next = marks.after(at, trie.label(child));
            int branch = marks.complete(next);
            if (branch >= 0) {
                trie.clearAll(child, own);
                Nodes out = new Nodes();
                takeOver(branch, trie.label(child), machine, out);
                if (!out.isEmpty()) {
                    out.walkBelow(machine, child, own);
                }
                continue;
            }
            Nodes further = new Nodes();
            for (int i = 0; i < parts.size(); i++) {
                parts.get(i).step(trie.label(child), machine, further);
            }
            if (!further.isEmpty()) {
                correct(machine, next, further, child + 1, trie.end(child), own);
            }
        }
    }

    @Override
    boolean same(Node other) {
        return other instanceof GuardNode node
                && guarded == node.guarded
                && progress.equals(node.progress)
                && part.equals(node.part);
    }
}
