package tramontane.grammar.format;

import java.util.List;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.CharClasses;
import tramontane.grammar.automaton.CharSet;
import tramontane.grammar.automaton.LongIds;
import tramontane.grammar.automaton.StateTable;

/**
 * Limits the length of a host name: 63 octets for each label, 253 for the whole name.
 *
 * <p>Counting both exactly would take tens of thousands of states. So the whole name is counted in
 * steps of several octets: each label, with the dot after it, is rounded up to whole steps. Some
 * names just below the limit are therefore refused. Beyond ASCII, the length of the label in
 * Punycode counts, for which an upper bound is used.
 */
final class HostnameLength {
    private static final int MAX_NAME_OCTETS = 254;
    private static final int MAX_LABEL_OCTETS = 63;

    /** Octets of the Punycode prefix and of the last hyphen of a label. */
    private static final int PUNYCODE = 5;

    /** Maximum number of octets that one code point adds to a label in Punycode. */
    private static final int PUNYCODE_LETTER = 4;

    private final int step;

    private HostnameLength(int step) {
        this.step = step;
    }

    /** The position within a name. */
    private record State(int stepsLeft, int octets, boolean beyondAscii) {
        static State of(long key) {
            return new State((int) (key >> 8), (int) (key >> 1 & 127), (key & 1) == 1);
        }

        long key() {
            return (long) stepsLeft << 8 | octets << 1 | (beyondAscii ? 1 : 0);
        }

        State afterAscii() {
            return beyondAscii ? afterOther() : new State(stepsLeft, octets + 1, false);
        }

        State afterOther() {
            int before = beyondAscii ? octets : octets + PUNYCODE;
            int letters = (before + PUNYCODE_LETTER - 1) / PUNYCODE_LETTER + 1;
            return new State(stepsLeft, letters * PUNYCODE_LETTER, true);
        }
    }

    private boolean fits(State state) {
        int octets = state.octets();
        return octets > 0 && octets <= MAX_LABEL_OCTETS && octets / step + 1 <= state.stepsLeft();
    }

    static Automaton shortEnough(CharSet separators, int step) {
        return new HostnameLength(step).build(separators);
    }

    private Automaton build(CharSet separators) {
        CharSet ascii = CharSet.range(0, 127).minus(separators);
        CharSet others = CharSet.all().minus(ascii).minus(separators);
        CharClasses classes = CharClasses.of(List.of(separators, ascii, others));
        StateTable.Rows rows = new StateTable.Rows(classes);
        LongIds ids = new LongIds();
        ids.id(new State(MAX_NAME_OCTETS / step, 0, false).key());
        for (int s = 0; s < ids.size(); s++) {
            State at = State.of(ids.key(s));
            rows.add(fits(at));
            for (int c : classes.members(ascii)) {
                rows.set(s, c, stateOf(at.afterAscii(), ids));
            }
            for (int c : classes.members(others)) {
                rows.set(s, c, stateOf(at.afterOther(), ids));
            }
            if (fits(at)) {
                State next = new State(at.stepsLeft() - at.octets() / step - 1, 0, false);
                for (int c : classes.members(separators)) {
                    rows.set(s, c, ids.id(next.key()));
                }
            }
        }
        return Automaton.of(rows.toTable());
    }

    private int stateOf(State state, LongIds ids) {
        return fits(state) ? ids.id(state.key()) : StateTable.DEAD;
    }
}
