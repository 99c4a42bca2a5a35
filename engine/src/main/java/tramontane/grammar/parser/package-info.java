/**
 * Parses an answer byte by byte and finds the tokens that may come next.
 *
 * <p>{@link tramontane.grammar.parser.GrammarCompiler} makes the first constraint of a grammar. A
 * constraint holds the set of all parse states of the text so far, as a nondeterministic pushdown
 * automaton does. Each state is an immutable stack of nodes: the top node reads the next byte, and
 * its {@code rest} continues when it is complete. The token mask is made by a walk over the trie of
 * the vocabulary.
 *
 * <p>Invariant: every parse state that can be reached can be finished.
 */
package tramontane.grammar.parser;
