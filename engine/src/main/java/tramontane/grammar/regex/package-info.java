/**
 * Languages of strings as automata: what a pattern, a format, an enumeration or a range of numbers
 * allows.
 *
 * <p>Key types: {@link tramontane.grammar.regex.Automaton}, a deterministic automaton over Unicode
 * code points with the operations of sets; {@link tramontane.grammar.regex.CharSet}; {@link
 * tramontane.grammar.regex.EcmaPattern}, which reads JavaScript's regular expressions.
 *
 * <p>Everything is bounded: what would need too many states or too much work ends in {@link
 * tramontane.grammar.regex.TooComplexException}, in milliseconds.
 *
 * <p>Invariant: automata are minimal and numbered canonically, so two of them are equal exactly if
 * they accept the same strings, and from every state but that of the empty language a string can
 * still be accepted.
 */
package tramontane.grammar.regex;
