package tramontane.grammar.schema;

import tramontane.grammar.regex.Automaton;

/** Keys of an object that are treated alike, and what their values must be. */
public record KeyClass(Automaton keys, Shape value) {}
