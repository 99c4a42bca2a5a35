/**
 * The string formats of JSON Schema as automata.
 *
 * <p>{@link tramontane.grammar.format.Formats} finds a format by its name. Each automaton is built
 * once, when it is first needed, and kept.
 *
 * <p>Invariant: an automaton accepts only strings of its format. Where a format asks for more than
 * a finite automaton can check, the automaton accepts fewer strings than the format.
 */
package tramontane.grammar.format;
