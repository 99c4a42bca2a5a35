/**
 * Deterministic finite automata (DFAs) over Unicode code points.
 *
 * <p>{@link tramontane.grammar.automaton.Automaton} is a language of strings with the operations of
 * sets: union, intersection, difference and complement by the product construction, concatenation
 * by the subset construction. {@link tramontane.grammar.automaton.StateTable} is its transition
 * table, {@link tramontane.grammar.automaton.CharClasses} maps code points to the table's columns.
 *
 * <p>{@link tramontane.grammar.automaton.WorkBudget} counts the steps that the schemas of one
 * request take. An operation that needs too many states ends with {@link
 * tramontane.grammar.automaton.TooComplexException} within milliseconds.
 *
 * <p>Invariant: every automaton is minimal and its states are numbered canonically, so two automata
 * are equal exactly if they accept the same strings. From every state an accepting state can be
 * reached, except in the automaton of the empty language.
 */
package tramontane.grammar.automaton;
