package tramontane.grammar;

import java.nio.charset.StandardCharsets;
import java.util.List;
import tramontane.grammar.regex.Automaton;
import tramontane.token.TokenTrie;

/** Within a JSON string, behind its opening quote. */
final class StringNode extends Node {
    private final StringPlan plan;
    private final int state;

    /** Code points so far, as far as they matter. */
    private final int count;

    /** What was read so far, in JSON's escapes, a char for each byte; empty where nobody asks. */
    private final String read;

    private final boolean kept;

    private StringNode(
            StringPlan plan, int state, int count, String read, boolean kept, Node rest) {
        super(rest, 31 * (31 * (31 * plan.lexer().hashCode() + state) + count) + read.hashCode());
        this.plan = plan;
        this.state = state;
        this.count = count;
        this.read = read;
        this.kept = kept;
    }

    /** At the beginning of the string; {@code kept} says whether the rest wants to know it. */
    static StringNode begin(StringPlan plan, boolean kept, Node rest) {
        return new StringNode(plan, 0, 0, "", kept, rest);
    }

    @Override
    void step(int label, Machine machine, Nodes out) {
        int next = plan.lexer().next(state, label);
        if (next == Lexer.DEAD) {
            return;
        }
        if (next == Lexer.DONE) {
            if (count >= plan.least() && count <= plan.most()) {
                rest.resume(kept ? JsonText.unescape(read) : Scalar.NONE, machine, out);
            }
            return;
        }
        int to = next & ~Lexer.COUNTED;
        int newCount = next != to ? counted(count) : count;
        if (!plan.isCounted() || plan.canFinish(to, newCount)) {
            out.add(
                    new StringNode(
                            plan, to, newCount, kept ? read + (char) label : "", kept, rest));
        }
    }

    /** One more, up to where no more is to be counted. */
    private int counted(int before) {
        boolean counts = plan.most() < Long.MAX_VALUE || before < plan.least();
        return counts ? before + 1 : before;
    }

    @Override
    int onlyLabel(Machine machine) {
        Automaton language = plan.lexer().language();
        int at = plan.lexer().at(state);
        if (at < 0 || plan.isCounted()) {
            return -1;
        }
        String shortest = language.shortest(at);
        if (language.accepts(at)) {
            return language.canTake(at, 0, Character.MAX_CODE_POINT) ? -1 : '"';
        }
        int first = shortest.codePointAt(0);
        boolean only =
                (first == 0 || !language.canTake(at, 0, first - 1))
                        && !language.canTake(at, first + 1, Character.MAX_CODE_POINT);
        return only ? JsonText.bytes(shortest)[0] & 0xff : -1;
    }

    @Override
    Node close(Machine machine, Closing closing) {
        StringNode node = this;
        while (plan.lexer().at(node.state) < 0) {
            node = node.completeCharacter(machine, closing);
        }
        Automaton language = plan.lexer().language();
        long room = plan.room(node.count);
        int least = plan.missing(node.count);
        byte[] bytes = new byte[0];
        String all = node.read;
        boolean taken = true;
        // A key that is there already is made longer until it is new.
        for (int more = 0; taken; more++) {
            int at = plan.lexer().at(node.state);
            bytes = JsonText.bytes(Words.from(language, at, Math.max(least, more), room));
            all = node.read + new String(bytes, StandardCharsets.ISO_8859_1);
            taken = kept && taken().contains(JsonText.unescape(all));
        }
        closing.append(bytes, 0);
        closing.append('"');
        return rest.resumed(kept ? JsonText.unescape(all) : Scalar.NONE, machine);
    }

    /** Ends a character that was begun: by the first byte that goes, until it is whole. */
    private StringNode completeCharacter(Machine machine, Closing closing) {
        for (int label = 0; label < 256; label++) {
            Nodes out = new Nodes();
            step(label, machine, out);
            if (!out.isEmpty() && out.get(0) instanceof StringNode next && next.rest == rest) {
                closing.append(label);
                return next;
            }
        }
        throw new IllegalStateException("a character that was begun cannot be ended");
    }

    @Override
    void mask(Machine machine, long[] bits) {
        LexerMask mask = machine.lexers().mask(plan, state, plan.missing(count), plan.room(count));
        mask.markInside(bits);
        boolean isKey = kept && rest instanceof ObjectNode;
        if (kept && !isKey && plan.lexer().language().isFinite()) {
            for (int node : mask.exits()) {
                walkBehind(machine, node, bits);
            }
        } else if (isKey) {
            // Of keys, all but those already there lead on alike.
            markLast(machine, mask, taken(), bits);
            for (int node : mask.inner()) {
                if (machine.goesOnWithColon(node)) {
                    walkBehind(machine, node, bits);
                }
            }
        } else {
            Nodes out = new Nodes();
            // Items that must differ lead on alike, but for those that are there already.
            String some = plan.lexer().at(state) < 0 ? "" : JsonText.unescape(read) + " ";
            rest.resume(kept ? some : Scalar.NONE, machine, out);
            if (!out.isEmpty()) {
                List<String> taken = taken();
                markLast(machine, mask, taken, bits);
                for (int node : mask.inner()) {
                    if (taken.isEmpty() || !taken.contains(textAt(machine, node))) {
                        out.walkBelow(machine, node, bits);
                    }
                }
            }
        }
    }

    /**
     * Marks the tokens that end with the string, but for those that make it one of {@code taken}.
     */
    private void markLast(Machine machine, LexerMask mask, List<String> taken, long[] bits) {
        if (taken.isEmpty()) {
            mask.markLast(bits);
            return;
        }
        long[] last = mask.last().clone();
        for (String text : taken) {
            clear(machine, text, last);
        }
        TokenBits.or(bits, last);
    }

    /** The string, if it is completed at this node of the trie. */
    private String textAt(Machine machine, int exit) {
        String all = read + machine.spelled(exit);
        return JsonText.unescape(all.substring(0, all.length() - 1));
    }

    /** Strings that may not be completed here, because they are there already. */
    private List<String> taken() {
        if (!kept) {
            return List.of();
        }
        return switch (rest) {
            case ObjectNode object -> object.taken();
            case ArrayNode array -> array.taken();
            default -> List.of();
        };
    }

    /** Within the string by the lexer's numbers alone. */
    @Override
    void walk(Machine machine, int from, int to, long[] bits) {
        if (plan.isCounted() || kept) {
            super.walk(machine, from, to, bits);
            return;
        }
        Nodes behind = new Nodes();
        rest.resume(Scalar.NONE, machine, behind);
        walk(machine, from, to, state, behind, bits);
    }

    private void walk(Machine machine, int from, int to, int at, Nodes behind, long[] bits) {
        TokenTrie trie = machine.trie();
        for (int child = from; child < to; child = trie.end(child)) {
            int next = plan.lexer().next(at, trie.label(child));
            if (next == Lexer.DONE) {
                if (!behind.isEmpty()) {
                    behind.walkBelow(machine, child, bits);
                }
            } else if (next != Lexer.DEAD) {
                trie.mark(child, bits);
                walk(machine, child + 1, trie.end(child), next & ~Lexer.COUNTED, behind, bits);
            }
        }
    }

    /** Takes out the tokens that would complete the string to {@code text}. */
    private void clear(Machine machine, String text, long[] last) {
        String spelled = new String(JsonText.bytes(text), StandardCharsets.ISO_8859_1) + '"';
        if (spelled.startsWith(read)) {
            machine.clear(spelled.substring(read.length()), last);
        }
    }

    private void walkBehind(Machine machine, int exit, long[] bits) {
        Nodes out = new Nodes();
        rest.resume(textAt(machine, exit), machine, out);
        if (!out.isEmpty()) {
            out.walkBelow(machine, exit, bits);
        }
    }

    @Override
    boolean same(Node other) {
        return other instanceof StringNode node
                && plan.equals(node.plan)
                && state == node.state
                && count == node.count
                && kept == node.kept
                && read.equals(node.read);
    }
}
