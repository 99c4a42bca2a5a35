package tramontane.grammar.parser;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.lexer.LexerMask;
import tramontane.grammar.lexer.NumberLexer;

/** Reads a JSON number. It ends before the first byte that cannot continue it. */
final class NumberNode extends Node {
    private final NumberLexer lexer;
    private final int state;
    private final String read;
    private final boolean keepScalar;

    private NumberNode(NumberLexer lexer, int state, String read, boolean keepScalar, Node rest) {
        super(rest, 31 * (31 * lexer.texts().hashCode() + state) + read.hashCode());
        this.lexer = lexer;
        this.state = state;
        this.read = read;
        this.keepScalar = keepScalar;
    }

    /** Adds the node after the first byte of a number, if a number starts with it. */
    static void start(NumberLexer lexer, int label, boolean keepScalar, Node rest, NodeSet out) {
        add(lexer, lexer.texts().start(), label, "", keepScalar, rest, out);
    }

    private static void add(
            NumberLexer lexer,
            int state,
            int label,
            String read,
            boolean keepScalar,
            Node rest,
            NodeSet out) {
        int next = lexer.next(state, label);
        if (next >= 0) {
            out.add(
                    new NumberNode(
                            lexer, next, keepScalar ? read + (char) label : "", keepScalar, rest));
        }
    }

    @Override
    void step(int label, GrammarContext context, NodeSet out) {
        add(lexer, state, label, read, keepScalar, rest, out);
        if (lexer.mayEnd(state)) {
            NodeSet after = continuations(context);
            for (int i = 0; i < after.size(); i++) {
                after.get(i).step(label, context, out);
            }
        }
    }

    private NodeSet continuations(GrammarContext context) {
        NodeSet out = new NodeSet();
        rest.resume(scalar(read), context, out);
        return out;
    }

    private Object scalar(String text) {
        return keepScalar ? new BigDecimal(text) : Scalar.NONE;
    }

    @Override
    void control(int token, GrammarContext context, NodeSet out) {
        if (lexer.mayEnd(state)) {
            NodeSet after = continuations(context);
            for (int i = 0; i < after.size(); i++) {
                after.get(i).control(token, context, out);
            }
        }
    }

    @Override
    boolean mayEnd(GrammarContext context) {
        if (lexer.mayEnd(state)) {
            NodeSet after = continuations(context);
            for (int i = 0; i < after.size(); i++) {
                if (after.get(i).mayEnd(context)) {
                    return true;
                }
            }
        }
        return false;
    }

    @Override
    Node close(GrammarContext context, Closing closing) {
        Automaton texts = lexer.texts();
        String path = texts.shortest(state);
        closing.append(path.getBytes(StandardCharsets.US_ASCII), 0);
        return rest.resumed(scalar(read + path), context);
    }

    @Override
    void mask(GrammarContext context, long[] bits) {
        LexerMask mask = context.lexers().mask(lexer, state);
        mask.markInside(bits);
        if (keepScalar) {
            // What may follow depends on the value of the number.
            super.mask(context, bits);
            return;
        }
        NodeSet after = continuations(context);
        for (int node : mask.inner()) {
            after.walkBelow(context, node, bits);
        }
        if (lexer.mayEnd(state)) {
            for (int i = 0; i < after.size(); i++) {
                context.mask(after.get(i), bits);
            }
        }
    }

    @Override
    boolean same(Node other) {
        return other instanceof NumberNode node
                && state == node.state
                && keepScalar == node.keepScalar
                && read.equals(node.read)
                && lexer.equals(node.lexer);
    }
}
