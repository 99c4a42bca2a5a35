package tramontane.grammar.regex;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * The texts with an exponent that denote members of a set of numbers, where whole ranges between
 * powers of ten are members: {@code 1.5e-07} in a set that has all from 1e-07 to 1e-06.
 *
 * <p>These have one digit other than nought before the point, and an exponent of at most two
 * digits, so their values are within a double's range.
 */
final class ExponentText {
    private static final int EXPONENT_MAX = 99;

    /** Larger sets have texts without exponents alone. */
    private static final int STATES = 400;

    private final StateTable plain;
    private final int places;

    /** The states from which every fraction's digits lead to members. */
    private final BitSet allDigits;

    /**
     * @param places most digits behind the point
     */
    ExponentText(StateTable plain, int places) {
        this.plain = plain;
        this.places = places;
        this.allDigits = plain.states() > STATES ? new BitSet() : allDigits();
    }

    /** Exponents behind any number of so many digits at most before and behind the point. */
    static Automaton any(int before, int behind) {
        String whole = "(?:0|[1-9]\\d{0," + (before - 1) + "})";
        return EcmaPattern.search(
                "^-?" + whole + "(?:\\.\\d{1," + behind + "})?[eE][+-]?\\d{1,2}$");
    }

    Automaton texts() {
        List<String> forms = new ArrayList<>();
        addSigned("", 0, forms);
        addSigned("-", next(0, '-'), forms);
        // Few lists of exponents are ever found, so the pattern is often one that is kept.
        return forms.isEmpty()
                ? Automaton.none()
                : EcmaPattern.search("^(?:" + String.join("|", forms) + ")$");
    }

    private void addSigned(String sign, int from, List<String> forms) {
        if (from < 0 || allDigits.isEmpty()) {
            return;
        }
        List<String> exponents = new ArrayList<>();
        addSmall(next(next(from, '0'), '.'), exponents);
        addLarge(from, exponents);
        if (!exponents.isEmpty()) {
            String digits = sign + "[1-9](?:\\.\\d{1," + places + "})?[eE]";
            forms.add(digits + "(?:" + String.join("|", exponents) + ")");
        }
    }

    /**
     * From 10^-e to ten times that: a point, e - 1 zeros, a digit other than nought, any digits.
     */
    private void addSmall(int point, List<String> exponents) {
        int at = point;
        for (int e = 1; e <= EXPONENT_MAX && at >= 0; e++) {
            if (fromFirstDigit(at, allMembers())) {
                exponents.add((e < 10 ? "-0?" : "-") + e);
            }
            at = next(at, '0');
        }
    }

    /** From 10^e to ten times that: a digit other than nought, e digits, any fraction. */
    private void addLarge(int from, List<String> exponents) {
        BitSet wholeMembers = new BitSet();
        boolean settled = false;
        for (int s = 0; s < plain.states(); s++) {
            int point = next(s, '.');
            wholeMembers.set(s, plain.accepting().get(s) && point >= 0 && allDigits.get(point));
        }
        for (int e = 1; e <= EXPONENT_MAX; e++) {
            BitSet before = settled ? wholeMembers : allBefore(wholeMembers);
            settled = before.equals(wholeMembers);
            wholeMembers = before;
            if (fromFirstDigit(from, wholeMembers)) {
                exponents.add((e < 10 ? "\\+?0?" : "\\+?") + e);
            }
        }
    }

    /** The states that accept, whatever digits follow too. */
    private BitSet allMembers() {
        BitSet members = (BitSet) allDigits.clone();
        members.and(plain.accepting());
        return members;
    }

    private boolean fromFirstDigit(int state, BitSet wanted) {
        for (char d = '1'; d <= '9'; d++) {
            int next = next(state, d);
            if (next < 0 || !wanted.get(next)) {
                return false;
            }
        }
        return true;
    }

    private BitSet allBefore(BitSet wanted) {
        BitSet before = new BitSet();
        for (int s = 0; s < plain.states(); s++) {
            int zero = next(s, '0');
            before.set(s, zero >= 0 && wanted.get(zero) && fromFirstDigit(s, wanted));
        }
        return before;
    }

    /** The greatest set of states in which each digit but nought is accepted, and all lead back. */
    private BitSet allDigits() {
        BitSet all = new BitSet();
        all.set(0, plain.states());
        boolean shrunk = true;
        while (shrunk) {
            shrunk = false;
            BitSet members = (BitSet) all.clone();
            members.and(plain.accepting());
            for (int s = all.nextSetBit(0); s >= 0; s = all.nextSetBit(s + 1)) {
                int zero = next(s, '0');
                if (zero < 0 || !all.get(zero) || !fromFirstDigit(s, members)) {
                    all.clear(s);
                    shrunk = true;
                }
            }
        }
        return all;
    }

    private int next(int state, char c) {
        if (state < 0) {
            return StateTable.DEAD;
        }
        return plain.next(state, plain.classes().classOf(c));
    }
}
