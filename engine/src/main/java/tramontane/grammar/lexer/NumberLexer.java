package tramontane.grammar.lexer;

import tramontane.grammar.automaton.Automaton;

/**
 * A lexer for one JSON number. A number has no closing byte: it ends before the first byte that
 * cannot continue it.
 */
public record NumberLexer(Automaton texts) implements Lexer {
    @Override
    public int next(int state, int label) {
        return label < 0x80 ? texts.next(state, label) : DEAD;
    }

    @Override
    public boolean mayEnd(int state) {
        return texts.accepts(state);
    }
}
