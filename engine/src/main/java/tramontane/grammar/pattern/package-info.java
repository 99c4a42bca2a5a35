/**
 * Regular expressions of JavaScript, compiled to automata.
 *
 * <p>{@link tramontane.grammar.pattern.EcmaPattern} is the entry. A pattern is read into a syntax
 * tree, expanded into a nondeterministic automaton (NFA) with assertions, and made deterministic by
 * the subset construction; look-aheads and look-behinds run along as automata of their own.
 *
 * <p>Invariant: a pattern is compiled exactly or refused with a {@link
 * tramontane.grammar.pattern.PatternException}; back references and other features that no finite
 * automaton has are refused.
 */
package tramontane.grammar.pattern;
