package tramontane.grammar;

import tramontane.grammar.regex.Automaton;

/** A JSON number, which is over when something else follows. */
record NumberLexer(Automaton texts) implements Lexer {
    @Override
    public int next(int state, int label) {
        return label < 0x80 ? texts.next(state, label) : DEAD;
    }

    @Override
    public boolean mayEnd(int state) {
        return texts.accepts(state);
    }
}
