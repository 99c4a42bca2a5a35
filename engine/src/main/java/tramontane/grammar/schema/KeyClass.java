package tramontane.grammar.schema;

import tramontane.grammar.automaton.Automaton;

/** A set of keys whose values have the same shape. */
public record KeyClass(Automaton keys, Shape value) {}
