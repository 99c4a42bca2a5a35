/**
 * Constraints on an answer: what it may be, and which tokens may therefore come next.
 *
 * <p>A {@link tramontane.grammar.Grammar} is made of texts, control tokens, free prose and JSON
 * under a {@link tramontane.grammar.JsonSchema}. {@code parser.GrammarCompiler} turns it into a
 * {@link tramontane.grammar.Constraint}, which gives the {@link tramontane.grammar.TokenMask} of
 * the next token. docs/GRAMMAR.md follows one schema through all sub-packages.
 *
 * <p>The sub-packages form one order, and each uses only those before it: {@code automaton}, {@code
 * pattern}, {@code number}, {@code format}, {@code schema}, {@code lexer}, {@code plan}, this
 * package, {@code parser}.
 *
 * <p>Invariant: no constraint that can be reached is a dead end, and a schema is enforced
 * completely or refused.
 */
package tramontane.grammar;
