/**
 * Lexers for single JSON tokens: the inside of a string, and a number.
 *
 * <p>A {@link tramontane.grammar.lexer.Lexer} runs the automaton of a string's characters or of a
 * number's spellings over the bytes of the answer. {@link tramontane.grammar.lexer.LexerMask} is
 * what one lexer state says about every token of the vocabulary, and {@link
 * tramontane.grammar.lexer.Lexers} caches lexers and masks for all schemas.
 *
 * <p>Invariant: a lexer knows nothing of what surrounds its piece of text, so its masks are valid
 * wherever the piece occurs.
 */
package tramontane.grammar.lexer;
