package tramontane.grammar;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import tramontane.grammar.regex.Automaton;

/** Within a JSON number; it is over where something follows that is no part of it. */
final class NumberNode extends Node {
    private final NumberLexer lexer;
    private final int state;
    private final String read;
    private final boolean kept;

    private NumberNode(NumberLexer lexer, int state, String read, boolean kept, Node rest) {
        super(rest, 31 * (31 * lexer.texts().hashCode() + state) + read.hashCode());
        this.lexer = lexer;
        this.state = state;
        this.read = read;
        this.kept = kept;
    }

    /** Adds the number that begins with {@code label}, if one does. */
    static void begin(NumberLexer lexer, int label, boolean kept, Node rest, Nodes out) {
        add(lexer, lexer.texts().start(), label, "", kept, rest, out);
    }

    private static void add(
            NumberLexer lexer,
            int state,
            int label,
            String read,
            boolean kept,
            Node rest,
            Nodes out) {
        int next = lexer.next(state, label);
        if (next >= 0) {
            out.add(new NumberNode(lexer, next, kept ? read + (char) label : "", kept, rest));
        }
    }

    @Override
    void step(int label, Machine machine, Nodes out) {
        add(lexer, state, label, read, kept, rest, out);
        if (lexer.mayEnd(state)) {
            Nodes behind = behind(machine);
            for (int i = 0; i < behind.size(); i++) {
                behind.get(i).step(label, machine, out);
            }
        }
    }

    private Nodes behind(Machine machine) {
        Nodes out = new Nodes();
        rest.resume(scalar(read), machine, out);
        return out;
    }

    private Object scalar(String text) {
        return kept ? new BigDecimal(text) : Scalar.NONE;
    }

    @Override
    void control(int token, Machine machine, Nodes out) {
        if (lexer.mayEnd(state)) {
            Nodes behind = behind(machine);
            for (int i = 0; i < behind.size(); i++) {
                behind.get(i).control(token, machine, out);
            }
        }
    }

    @Override
    boolean mayEnd(Machine machine) {
        if (lexer.mayEnd(state)) {
            Nodes behind = behind(machine);
            for (int i = 0; i < behind.size(); i++) {
                if (behind.get(i).mayEnd(machine)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    Node close(Machine machine, Closing closing) {
        Automaton texts = lexer.texts();
        String way = texts.shortest(state);
        closing.append(way.getBytes(StandardCharsets.US_ASCII), 0);
        return rest.resumed(scalar(read + way), machine);
    }

    @Override
    void mask(Machine machine, long[] bits) {
        LexerMask mask = machine.lexers().mask(lexer, state);
        mask.markInside(bits);
        if (kept) {
            // What stands behind depends on the number.
            super.mask(machine, bits);
            return;
        }
        Nodes behind = behind(machine);
        for (int node : mask.inner()) {
            behind.walkBelow(machine, node, bits);
        }
        if (lexer.mayEnd(state)) {
            for (int i = 0; i < behind.size(); i++) {
                machine.mask(behind.get(i), bits);
            }
        }
    }

    @Override
    boolean same(Node other) {
        return other instanceof NumberNode node
                && state == node.state
                && kept == node.kept
                && read.equals(node.read)
                && lexer.equals(node.lexer);
    }
}
