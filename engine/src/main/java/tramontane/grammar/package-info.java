/**
 * What an answer may be, and which token may therefore come next.
 *
 * <p>A {@link tramontane.grammar.Grammar} is made of texts, control tokens, prose and JSON under a
 * {@link tramontane.grammar.JsonSchema}. {@link tramontane.grammar.GrammarCompiler} makes the first
 * {@link tramontane.grammar.Constraint} of it, which says as a {@link tramontane.grammar.TokenMask}
 * what may come next.
 *
 * <p>Invariant: no constraint that can be reached is a dead end, and a schema is enforced whole or
 * refused.
 */
package tramontane.grammar;
