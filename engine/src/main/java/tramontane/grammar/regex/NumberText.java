package tramontane.grammar.regex;

import java.util.BitSet;

/**
 * The JSON texts of a set of numbers, from the automaton of their plain spellings.
 *
 * <p>Texts are plain spellings, zero with a sign, and plain spellings with zeros behind their
 * fraction: {@code 1.0} and {@code 2.50}. Infinite sets have as many digits as {@link Digits} says,
 * or fewer if the set takes many states, but always enough for its shortest member. Exponents are
 * those that {@link ExponentText} finds.
 */
final class NumberText {
    /** How many digits texts may have. */
    enum Digits {
        /**
         * In sets with bounds all together at most 15: so few that different numbers are different
         * doubles, in the same order. Most readers keep numbers as doubles, and what is just above
         * a bound must still be above it there. Whole numbers that are beyond every bound may have
         * {@link #OPEN} digits, as identifiers do, and so may numbers without bounds, before the
         * point and behind it.
         */
        WRITTEN(15),
        /** So many before the point, and as many behind it. */
        READ(40);

        private final int most;

        Digits(int most) {
            this.most = most;
        }
    }

    /** Digits of the largest 64-bit integers. */
    private static final int OPEN = 20;

    /** States that more digits than the fewest may take. */
    private static final int COUNTED = 6_000;

    /** Digits that are tried in any case. */
    private static final int FEWEST = 10;

    /** Zeros that may follow a fraction which nothing else may follow. */
    private static final int ZEROS = 3;

    /** Where a text has come to; the sign and each part of the number have their own. */
    private enum Part {
        START,
        SIGN,
        /** A nought, behind which only a point may follow. */
        NOUGHT,
        WHOLE,
        POINT,
        FRACTION
    }

    private final StateTable plain;
    private final int digits;

    /** How many digits a number may have before the point. */
    private final int wholeDigits;

    /** Whether the digits behind the point count with those before it. */
    private final boolean together;

    private final StateTable.Rows rows = new StateTable.Rows(Decimals.CLASSES);
    private final LongIds ids = new LongIds();

    private NumberText(StateTable plain, int digits, boolean together) {
        this.plain = plain;
        this.digits = digits;
        this.wholeDigits = together && isSettled(plain, digits) ? Math.max(OPEN, digits) : digits;
        this.together = together;
        ids.id(new Place(Part.START, 0, 0, 0).key());
    }

    static Automaton of(Automaton plain, boolean all, Digits digits) {
        if (plain.isEmpty()) {
            return plain;
        }
        boolean written = digits == Digits.WRITTEN;
        int most = all && written ? OPEN : digits.most;
        Automaton texts = plainTexts(plain, most, written && !all);
        return texts.or(
                all
                        ? ExponentText.any(most, most)
                        : new ExponentText(plain.table(), most - 1).texts());
    }

    private static Automaton plainTexts(Automaton plain, int most, boolean together) {
        if (plain.isFinite()) {
            return new NumberText(plain.table(), (int) plain.longest(plain.start()), together)
                    .build();
        }
        int needed = plain.shortest(plain.start()).length();
        int digits = most;
        NumberText text = new NumberText(plain.table(), Math.max(digits, needed), together);
        while (!text.number(COUNTED) && digits > Math.max(needed, FEWEST)) {
            digits = Math.max(digits / 2, FEWEST);
            text = new NumberText(plain.table(), Math.max(digits, needed), together);
        }
        return text.build();
    }

    /** Whether whole numbers of more than {@code digits} digits are all in the set, or none is. */
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
     * @param valued the plain state that says whether the number so far is in the set: that of the
     *     text without the zeros at its end
     * @param plainly the plain state of the whole text, or dead
     * @param count digits of this part, or zeros once nothing but zeros may follow
     */
    private record Place(Part part, int valued, int plainly, int count) {
        long key() {
            return ((long) part.ordinal() << 48)
                    | ((long) (valued + 1) << 32)
                    | ((long) (plainly + 1) << 16)
                    | count;
        }

        static Place of(long key) {
            return new Place(
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

    /** Makes the states and goes on where it left off; false if there are more than that. */
    private boolean number(int most) {
        for (int s = rows.states(); s < ids.size(); s++) {
            if (s == most) {
                return false;
            }
            Place at = Place.of(ids.key(s));
            boolean ends =
                    at.part() == Part.NOUGHT
                            || at.part() == Part.WHOLE
                            || at.part() == Part.FRACTION;
            rows.add(ends && at.valued() >= 0 && plain.accepting().get(at.valued()));
            switch (at.part()) {
                case START -> {
                    go(s, '-', new Place(Part.SIGN, 0, next(0, '-'), 0));
                    beginWhole(s, 0);
                }
                case SIGN -> beginWhole(s, at.plainly());
                case NOUGHT -> point(s, at);
                case WHOLE -> {
                    point(s, at);
                    for (char d = '0'; d <= '9' && at.count() < wholeDigits; d++) {
                        int next = next(at.plainly(), d);
                        go(s, d, new Place(Part.WHOLE, next, next, at.count() + 1));
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

    private void go(int from, char c, Place to) {
        if (to.valued() >= 0 || to.plainly() >= 0) {
            rows.set(from, Decimals.classOf(c), ids.id(to.key()));
        }
    }

    private void beginWhole(int from, int plainly) {
        // With a sign or without, nought is the same number.
        go(from, '0', new Place(Part.NOUGHT, next(0, '0'), next(plainly, '0'), 0));
        for (char d = '1'; d <= '9'; d++) {
            int next = next(plainly, d);
            go(from, d, new Place(Part.WHOLE, next, next, 1));
        }
    }

    private void point(int from, Place at) {
        int next = next(at.plainly(), '.');
        // Zeros that nothing else may follow are counted for themselves.
        int count = together && next >= 0 ? at.count() : 0;
        if (count < digits) {
            go(from, '.', new Place(Part.POINT, at.valued(), next, count));
        }
    }

    private void fraction(int from, Place at) {
        boolean onlyZeros = at.plainly() < 0;
        int limit = onlyZeros ? ZEROS : digits;
        if (at.count() >= limit) {
            return;
        }
        int afterZero = next(at.plainly(), '0');
        // Zeros are counted anew from where they are the only way on.
        int count = !onlyZeros && afterZero < 0 ? 1 : at.count() + 1;
        go(from, '0', new Place(Part.FRACTION, at.valued(), afterZero, count));
        for (char d = '1'; d <= '9'; d++) {
            int next = next(at.plainly(), d);
            go(from, d, new Place(Part.FRACTION, next, next, at.count() + 1));
        }
    }
}
