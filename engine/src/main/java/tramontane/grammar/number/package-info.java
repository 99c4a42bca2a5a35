/**
 * Sets of decimal numbers as automata of their spellings.
 *
 * <p>{@link tramontane.grammar.number.NumberSet} holds the plain spellings of its members and has
 * the operations of sets: bounds and multiples are automata, too. From the plain spellings it makes
 * the automaton of all JSON texts that denote a member, with exponents and trailing zeros.
 *
 * <p>Invariant: each number has exactly one plain spelling, so equal sets have equal automata.
 */
package tramontane.grammar.number;
