package tramontane.grammar.number;

import java.util.BitSet;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.LongIds;
import tramontane.grammar.automaton.StateTable;

/**
 * The JSON texts of a set of numbers, made from the automaton of their plain spellings.
 *
 * <p>The texts are the plain spellings, zero with a sign, and plain spellings with zeros after the
 * fraction, such as {@code 1.0} and {@code 2.50}. In infinite sets the number of digits is limited
 * by {@link Digits}, and further if the set has many states, but it always suffices for the
 * shortest member. {@link ExponentText} adds the texts with exponents.
 */
final class NumberText {
    /** How many digits texts may have. */
    enum Digits {
        /**
         * In sets with bounds at most 15 digits in total, so that different numbers are different
         * doubles in the same order. Most readers keep numbers as doubles, and a number just above
         * a bound must still be above it there. Whole numbers beyond every bound may have {@link
         * #MAX_OPEN_DIGITS} digits, as identifiers do. Numbers without bounds may have that many
         * before and after the point.
         */
        WRITTEN(15),
        /** That many digits before the point and that many after it. */
        READ(40);

        private final int maxDigits;

        Digits(int maxDigits) {
            this.maxDigits = maxDigits;
        }
    }

    /** The number of digits of the largest 64-bit integers. */
    private static final int MAX_OPEN_DIGITS = 20;

    /** Upper limit for the states that digits beyond the minimum may add. */
    private static final int MAX_COUNTING_STATES = 6_000;

    /** The number of digits below which the limit is not lowered to save states. */
    private static final int MIN_DIGITS = 10;

    /** Upper limit for the zeros after a fraction that nothing else may follow. */
    private static final int MAX_TRAILING_ZEROS = 3;

    /** The part of a number that is being read. */
    private enum Part {
        START,
        SIGN,
        /** A single 0, after which only a point may follow. */
        ZERO,
        WHOLE,
        POINT,
        FRACTION
    }

    private final StateTable plain;
    private final int digits;

    /** Maximum number of digits before the point. */
    private final int wholeDigits;

    /** True when the digits after the point count toward the same limit as those before it. */
    private final boolean together;

    private final StateTable.Rows rows = new StateTable.Rows(Decimals.CLASSES);
    private final LongIds ids = new LongIds();

    private NumberText(StateTable plain, int digits, boolean together) {
        this.plain = plain;
        this.digits = digits;
        this.wholeDigits =
                together && isSettled(plain, digits) ? Math.max(MAX_OPEN_DIGITS, digits) : digits;
        this.together = together;
        ids.id(new State(Part.START, 0, 0, 0).key());
    }

    static Automaton of(Automaton plain, boolean all, Digits digits) {
        if (plain.isEmpty()) {
            return plain;
        }
        boolean written = digits == Digits.WRITTEN;
        int maxDigits = all && written ? MAX_OPEN_DIGITS : digits.maxDigits;
        Automaton texts = plainTexts(plain, maxDigits, written && !all);
        return texts.or(
                all
                        ? ExponentText.any(maxDigits, maxDigits)
                        : new ExponentText(plain.table(), maxDigits - 1).texts());
    }

    private static Automaton plainTexts(Automaton plain, int maxDigits, boolean together) {
        if (plain.isFinite()) {
            return new NumberText(plain.table(), (int) plain.longest(plain.start()), together)
                    .build();
        }
        int needed = plain.shortest(plain.start()).length();
        int digits = maxDigits;
        NumberText text = new NumberText(plain.table(), Math.max(digits, needed), together);
        while (!text.number(MAX_COUNTING_STATES) && digits > Math.max(needed, MIN_DIGITS)) {
            digits = Math.max(digits / 2, MIN_DIGITS);
            text = new NumberText(plain.table(), Math.max(digits, needed), together);
        }
        return text.build();
    }

    /**
     * True when whole numbers with more than {@code digits} digits are all in the set or all not in
     * it.
     */
    private static boolean isSettled(StateTable plain, int digits) {
        BitSet beyond = new BitSet();
        for (int start : new int[] {0, plain.next(0, plain.classes().classOf('-'))}) {
            BitSet layer = start < 0 ? new BitSet() : after(plain, start, '1');
            for (int i = 1; i < digits; i++) {
                BitSet deeper = new BitSet();
                layer.stream().forEach(state -> deeper.or(after(plain, state, '0')));
                layer = deeper;
            }
            beyond.or(layer);
        }
        BitSet settled = new BitSet();
        while (!beyond.isEmpty()) {
            int state = beyond.nextSetBit(0);
            beyond.clear(state);
            settled.set(state);
            BitSet next = after(plain, state, '0');
            if (!plain.accepting().get(state) || hasGap(plain, state)) {
                return false;
            }
            next.andNot(settled);
            beyond.or(next);
        }
        return true;
    }

    private static BitSet after(StateTable plain, int state, char from) {
        BitSet next = new BitSet();
        for (char d = from; d <= '9'; d++) {
            int to = plain.next(state, plain.classes().classOf(d));
            if (to >= 0) {
                next.set(to);
            }
        }
        return next;
    }

    private static boolean hasGap(StateTable plain, int state) {
        for (char d = '0'; d <= '9'; d++) {
            if (plain.next(state, plain.classes().classOf(d)) < 0) {
                return true;
            }
        }
        return false;
    }

    /**
     * @param valued the plain state of the text without its trailing zeros, which decides whether
     *     the number is in the set
     * @param plainly the plain state of the whole text, or dead
     * @param count digits of this part, or zeros if only zeros may follow
     */
    private record State(Part part, int valued, int plainly, int count) {
        long key() {
            return ((long) part.ordinal() << 48)
                    | ((long) (valued + 1) << 32)
                    | ((long) (plainly + 1) << 16)
                    | count;
        }

        static State of(long key) {
            return new State(
                    Part.values()[(int) (key >> 48)],
                    (int) (key >> 32 & 0xFFFF) - 1,
                    (int) (key >> 16 & 0xFFFF) - 1,
                    (int) (key & 0xFFFF));
        }
    }

    private Automaton build() {
        number(Integer.MAX_VALUE);
        return Automaton.of(rows.toTable());
    }

    /** Continues to create states; false if there would be more than {@code maxStates}. */
    private boolean number(int maxStates) {
        for (int s = rows.states(); s < ids.size(); s++) {
            if (s == maxStates) {
                return false;
            }
            State at = State.of(ids.key(s));
            boolean ends =
                    at.part() == Part.ZERO || at.part() == Part.WHOLE || at.part() == Part.FRACTION;
            rows.add(ends && at.valued() >= 0 && plain.accepting().get(at.valued()));
            switch (at.part()) {
                case START -> {
                    go(s, '-', new State(Part.SIGN, 0, next(0, '-'), 0));
                    beginWhole(s, 0);
                }
                case SIGN -> beginWhole(s, at.plainly());
                case ZERO -> point(s, at);
                case WHOLE -> {
                    point(s, at);
                    for (char d = '0'; d <= '9' && at.count() < wholeDigits; d++) {
                        int next = next(at.plainly(), d);
                        go(s, d, new State(Part.WHOLE, next, next, at.count() + 1));
                    }
                }
                case POINT, FRACTION -> fraction(s, at);
            }
        }
        return true;
    }

    private int next(int state, char c) {
        if (state < 0) {
            return StateTable.DEAD;
        }
        return plain.next(state, plain.classes().classOf(c));
    }

    private void go(int from, char c, State to) {
        if (to.valued() >= 0 || to.plainly() >= 0) {
            rows.set(from, Decimals.classOf(c), ids.id(to.key()));
        }
    }

    private void beginWhole(int from, int plainly) {
        // With or without a sign, zero is the same number.
        go(from, '0', new State(Part.ZERO, next(0, '0'), next(plainly, '0'), 0));
        for (char d = '1'; d <= '9'; d++) {
            int next = next(plainly, d);
            go(from, d, new State(Part.WHOLE, next, next, 1));
        }
    }

    private void point(int from, State at) {
        int next = next(at.plainly(), '.');
        // Zeros that nothing else may follow are counted separately.
        int count = together && next >= 0 ? at.count() : 0;
        if (count < digits) {
            go(from, '.', new State(Part.POINT, at.valued(), next, count));
        }
    }

    private void fraction(int from, State at) {
        boolean onlyZeros = at.plainly() < 0;
        int limit = onlyZeros ? MAX_TRAILING_ZEROS : digits;
        if (at.count() >= limit) {
            return;
        }
        int afterZero = next(at.plainly(), '0');
        // The count of zeros restarts where only zeros may follow.
        int count = !onlyZeros && afterZero < 0 ? 1 : at.count() + 1;
        go(from, '0', new State(Part.FRACTION, at.valued(), afterZero, count));
        for (char d = '1'; d <= '9'; d++) {
            int next = next(at.plainly(), d);
            go(from, d, new State(Part.FRACTION, next, next, at.count() + 1));
        }
    }
}
