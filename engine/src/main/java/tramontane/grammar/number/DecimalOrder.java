package tramontane.grammar.number;

import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.StateTable;

/**
 * Compares plain spellings with a bound, digit by digit, and accepts the numbers below it.
 *
 * <p>Of two numbers, the one with more digits before the point is larger in magnitude; with the
 * same number of digits, the first digit that differs decides. For the bound 42.5 the states are:
 *
 * <pre>
 * equal[0..2]    as many digits read, all equal to those of the bound
 * below[0..2]    the first different digit was less: decided if the whole part is as long
 * above[0..2]    the first different digit was greater: decided if the whole part is as long
 * after[0..1]    as many digits read after the point, all equal to those of the bound
 * less, more     decided, whatever follows
 * </pre>
 */
final class DecimalOrder {
    private final boolean negative;
    private final boolean included;
    private final String whole;
    private final String fraction;
    private final StateTable.Rows rows = new StateTable.Rows(Decimals.CLASSES);
    private final int start;
    private final int less;
    private final int more;

    private DecimalOrder(String bound, boolean included) {
        this.negative = bound.startsWith("-");
        this.included = included;
        String size = negative ? bound.substring(1) : bound;
        int point = size.indexOf('.');
        whole = point < 0 ? size : size.substring(0, point);
        fraction = point < 0 ? "" : size.substring(point + 1);
        start = rows.add(false);
        less = decided(-1);
        more = decided(1);
    }

    /**
     * Accepts the plain spellings of the numbers below a bound, and some strings that are not plain
     * spellings. The bound itself must be a plain spelling.
     *
     * @param included true to accept the bound itself
     */
    static Automaton below(String bound, boolean included) {
        return new DecimalOrder(bound, included).build();
    }

    /**
     * True when a number is accepted whose magnitude compares in this way with that of the bound.
     */
    private boolean accepts(int compared) {
        return compared == 0 ? included : negative ? compared > 0 : compared < 0;
    }

    private int decided(int compared) {
        int state = rows.add(accepts(compared));
        rows.setAll(state, state);
        return state;
    }

    private Automaton build() {
        int length = whole.length();
        int[] equal = new int[length + 1];
        int[] below = new int[length + 1];
        int[] above = new int[length + 1];
        for (int i = 0; i <= length; i++) {
            // If the whole part equals that of the bound, the fraction decides.
            int atEnd = i == length && fraction.isEmpty() ? 0 : -1;
            equal[i] = rows.add(accepts(atEnd));
            below[i] = rows.add(accepts(-1));
            above[i] = rows.add(accepts(i < length ? -1 : 1));
        }
        int[] after = fractions();
        int point = Decimals.classOf('.');
        for (int i = 0; i <= length; i++) {
            boolean ended = i == length;
            rows.set(equal[i], point, ended ? after[0] : less);
            rows.set(below[i], point, less);
            rows.set(above[i], point, ended ? more : less);
            for (int d = 0; d < 10; d++) {
                int c = Decimals.digit(d);
                int compared = ended ? 1 : Integer.compare(d, whole.charAt(i) - '0');
                int[] next = compared == 0 ? equal : compared < 0 ? below : above;
                rows.set(equal[i], c, ended ? more : next[i + 1]);
                rows.set(below[i], c, ended ? more : below[i + 1]);
                rows.set(above[i], c, ended ? more : above[i + 1]);
            }
        }
        begin(equal[0]);
        return Automaton.of(rows.toTable());
    }

    /**
     * A number with a sign is below every bound without one, and a number without a sign is above
     * every bound with one.
     */
    private void begin(int first) {
        int sign = Decimals.classOf('-');
        if (negative) {
            rows.set(start, sign, first);
            return;
        }
        rows.copy(first, start);
        int all = rows.add(true);
        rows.setAll(all, all);
        rows.set(start, sign, all);
    }

    private int[] fractions() {
        int length = fraction.length();
        int[] after = new int[length + 1];
        for (int i = 0; i <= length; i++) {
            after[i] = rows.add(accepts(i < length ? -1 : 0));
        }
        for (int i = 0; i <= length; i++) {
            int digit = i < length ? fraction.charAt(i) - '0' : 0;
            int onEqual = after[Math.min(i + 1, length)];
            for (int d = 0; d < 10; d++) {
                int next = d == digit ? onEqual : d < digit ? less : more;
                rows.set(after[i], Decimals.digit(d), next);
            }
        }
        return after;
    }
}
