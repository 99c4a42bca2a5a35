package tramontane.grammar.regex;

import java.util.List;

/**
 * How long the name of a host may be: labels of at most 63 octets, and 253 for the whole.
 *
 * <p>To count both exactly would take tens of thousands of states. So each label is counted in
 * whole steps of some octets, itself and the dot behind it, and a name is a little shorter than it
 * might be. Beyond ASCII, what counts is the label's form in Punycode, for which there is a bound.
 */
final class NameLength {
    private static final int NAME_MAX = 254;
    private static final int LABEL_MAX = 63;

    /** The prefix and the last hyphen of a label in Punycode. */
    private static final int PUNYCODE = 5;

    /** What a code point adds to a label in Punycode. */
    private static final int PUNYCODE_LETTER = 4;

    private final int step;

    private NameLength(int step) {
        this.step = step;
    }

    /** How far a name has come. */
    private record Place(int stepsLeft, int octets, boolean beyondAscii) {
        static Place of(long key) {
            return new Place((int) (key >> 8), (int) (key >> 1 & 127), (key & 1) == 1);
        }

        long key() {
            return (long) stepsLeft << 8 | octets << 1 | (beyondAscii ? 1 : 0);
        }

        Place afterAscii() {
            return beyondAscii ? afterOther() : new Place(stepsLeft, octets + 1, false);
        }

        Place afterOther() {
            int before = beyondAscii ? octets : octets + PUNYCODE;
            int letters = (before + PUNYCODE_LETTER - 1) / PUNYCODE_LETTER + 1;
            return new Place(stepsLeft, letters * PUNYCODE_LETTER, true);
        }
    }

    private boolean fits(Place place) {
        int octets = place.octets();
        return octets > 0 && octets <= LABEL_MAX && octets / step + 1 <= place.stepsLeft();
    }

    static Automaton shortEnough(CharSet separators, int step) {
        return new NameLength(step).build(separators);
    }

    private Automaton build(CharSet separators) {
        CharSet ascii = CharSet.range(0, 127).minus(separators);
        CharSet others = CharSet.all().minus(ascii).minus(separators);
        CharClasses classes = CharClasses.of(List.of(separators, ascii, others));
        StateTable.Rows rows = new StateTable.Rows(classes);
        LongIds ids = new LongIds();
        ids.id(new Place(NAME_MAX / step, 0, false).key());
        for (int s = 0; s < ids.size(); s++) {
            Place at = Place.of(ids.key(s));
            rows.add(fits(at));
            for (int c : classes.members(ascii)) {
                rows.set(s, c, stateOf(at.afterAscii(), ids));
            }
            for (int c : classes.members(others)) {
                rows.set(s, c, stateOf(at.afterOther(), ids));
            }
            if (fits(at)) {
                Place next = new Place(at.stepsLeft() - at.octets() / step - 1, 0, false);
                for (int c : classes.members(separators)) {
                    rows.set(s, c, ids.id(next.key()));
                }
            }
        }
        return Automaton.of(rows.toTable());
    }

    private int stateOf(Place place, LongIds ids) {
        return fits(place) ? ids.id(place.key()) : StateTable.DEAD;
    }
}
