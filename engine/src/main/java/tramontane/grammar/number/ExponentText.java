package tramontane.grammar.number;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.StateTable;
import tramontane.grammar.pattern.EcmaPattern;

/**
 * The texts with an exponent that denote members of a set of numbers, where all numbers between two
 * powers of ten are members: {@code 1.5e-07} if the set contains all numbers from 1e-07 to 1e-06.
 *
 * <p>These texts have one digit from 1 to 9 before the point and an exponent of at most two digits,
 * so their values are in the range of a double.
 */
final class ExponentText {
    private static final int MAX_EXPONENT = 99;

    /** Sets whose automaton is larger get no texts with exponents. */
    private static final int MAX_STATES = 400;

    private final StateTable plain;
    private final int places;

    /** The states from which all digits of a fraction lead to members. */
    private final BitSet allDigits;

    /**
     * @param places maximum number of digits after the point
     */
    ExponentText(StateTable plain, int places) {
        this.plain = plain;
        this.places = places;
        this.allDigits = plain.states() > MAX_STATES ? new BitSet() : allDigits();
    }

    /**
     * Any number with at most {@code before} and {@code behind} digits before and after the point,
     * and an exponent.
     */
    static Automaton any(int before, int behind) {
        String whole = "(?:0|[1-9]\\d{0," + (before - 1) + "})";
        return EcmaPattern.search(
                "^-?" + whole + "(?:\\.\\d{1," + behind + "})?[eE][+-]?\\d{1,2}$");
    }

    Automaton texts() {
        List<String> forms = new ArrayList<>();
        addSigned("", 0, forms);
        addSigned("-", next(0, '-'), forms);
        // Few different lists of exponents occur, so the pattern is often cached.
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
     * Numbers from 10^-e to ten times that: the point, e - 1 zeros, a digit from 1 to 9, any
     * digits.
     */
    private void addSmall(int point, List<String> exponents) {
        int at = point;
        for (int e = 1; e <= MAX_EXPONENT && at >= 0; e++) {
            if (fromFirstDigit(at, allMembers())) {
                exponents.add((e < 10 ? "-0?" : "-") + e);
            }
            at = next(at, '0');
        }
    }

    /** Numbers from 10^e to ten times that: a digit from 1 to 9, e digits, any fraction. */
    private void addLarge(int from, List<String> exponents) {
        BitSet wholeMembers = new BitSet();
        boolean settled = false;
        for (int s = 0; s < plain.states(); s++) {
            int point = next(s, '.');
            wholeMembers.set(s, plain.accepting().get(s) && point >= 0 && allDigits.get(point));
        }
        for (int e = 1; e <= MAX_EXPONENT; e++) {
            BitSet before = settled ? wholeMembers : allBefore(wholeMembers);
            settled = before.equals(wholeMembers);
            wholeMembers = before;
            if (fromFirstDigit(from, wholeMembers)) {
                exponents.add((e < 10 ? "\\+?0?" : "\\+?") + e);
            }
        }
    }

    /** The states that accept, and continue to accept after any digits. */
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

    /**
     * A greatest fixed point: the largest set of states in which all digits but 0 lead to an
     * accepting state and all digits lead back into the set.
     */
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
