package tramontane.grammar;

import tramontane.token.Tokenizer;

/** Makes constraints over one vocabulary. Safe for use by many threads at once. */
public final class GrammarCompiler {
    public GrammarCompiler(Tokenizer tokenizer) {
        throw new UnsupportedOperationException("not built yet");
    }

    /** The beginning of an answer under {@code grammar}. */
    public Constraint compile(Grammar grammar) {
        throw new UnsupportedOperationException("not built yet");
    }
}
