package tramontane.grammar.number;

import java.math.BigDecimal;
import java.math.BigInteger;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.AutomatonLimits;
import tramontane.grammar.automaton.StateTable;
import tramontane.grammar.automaton.TooComplexException;

/**
 * The plain spellings of the multiples of a number.
 *
 * <p>The number is q · 10^zeros / 10^places, where at least one power is 1. The state is the
 * remainder modulo q of the digits so far, without trailing zeros as far as a multiple needs them.
 */
final class Multiples {
    private final int q;
    private final int zeros;
    private final int places;
    private final StateTable.Rows rows = new StateTable.Rows(Decimals.CLASSES);

    private Multiples(int q, int zeros, int places) {
        this.q = q;
        this.zeros = zeros;
        this.places = places;
    }

    static Automaton of(BigDecimal step) {
        if (step.signum() <= 0) {
            throw new IllegalArgumentException("multiples of " + step);
        }
        BigDecimal shortest = step.stripTrailingZeros();
        int zeros = Math.max(0, -shortest.scale());
        int places = Math.max(0, shortest.scale());
        BigInteger q = shortest.unscaledValue();
        if (q.bitLength() > 30
                || q.longValue() * (1L + zeros) * (1L + places) > AutomatonLimits.MAX_STATES - 8) {
            throw new TooComplexException("multiples of " + step + " need too many states");
        }
        return new Multiples(q.intValue(), zeros, places).build();
    }

    /**
     * The state for a remainder and a count of zeros, or of digits after the point.
     *
     * <pre>
     * 0 start, 1 after a sign, 2 zero, then whole: q · (zeros + 1), then fraction: q · places
     * </pre>
     */
    private int whole(int remainder, int zerosHere) {
        return 3 + remainder * (zeros + 1) + zerosHere;
    }

    private int fraction(int remainder, int placesHere) {
        return 3 + q * (zeros + 1) + remainder * places + placesHere - 1;
    }

    private Automaton build() {
        rows.add(false);
        rows.add(false);
        rows.add(true);
        for (int r = 0; r < q; r++) {
            for (int z = 0; z <= zeros; z++) {
                rows.add(z == zeros && isMultiple(r, places));
            }
        }
        for (int r = 0; r < q; r++) {
            for (int p = 1; p <= places; p++) {
                rows.add(isMultiple(r, places - p));
            }
        }
        rows.set(0, Decimals.classOf('-'), 1);
        rows.set(0, Decimals.digit(0), 2);
        rows.set(1, Decimals.digit(0), 2);
        for (int d = 1; d < 10; d++) {
            rows.set(0, Decimals.digit(d), whole(d % q, 0));
            rows.set(1, Decimals.digit(d), whole(d % q, 0));
        }
        fillWhole();
        fillFractions();
        return Automaton.of(rows.toTable());
    }

    /** True when the remainder becomes 0 after this many more zeros. */
    private boolean isMultiple(int remainder, int zerosAppended) {
        return shifted(remainder, zerosAppended) == 0;
    }

    private int shifted(int remainder, int zerosAppended) {
        long shifted = remainder;
        for (int i = 0; i < zerosAppended; i++) {
            shifted = shifted * 10 % q;
        }
        return (int) shifted;
    }

    private void fillWhole() {
        for (int r = 0; r < q; r++) {
            for (int z = 0; z <= zeros; z++) {
                int state = whole(r, z);
                int zero = z < zeros ? whole(r, z + 1) : whole(shifted(r, 1), z);
                rows.set(state, Decimals.digit(0), zero);
                int shifted = shifted(r, z + 1);
                for (int d = 1; d < 10; d++) {
                    rows.set(state, Decimals.digit(d), whole((shifted + d) % q, 0));
                }
            }
        }
    }

    private void fillFractions() {
        if (places == 0) {
            return;
        }
        int point = rows.add(false);
        rows.set(2, Decimals.classOf('.'), point);
        for (int d = 0; d < 10; d++) {
            rows.set(point, Decimals.digit(d), fraction(d % q, 1));
        }
        for (int r = 0; r < q; r++) {
            int afterPoint = rows.add(false);
            rows.set(whole(r, 0), Decimals.classOf('.'), afterPoint);
            for (int d = 0; d < 10; d++) {
                rows.set(afterPoint, Decimals.digit(d), fraction((shifted(r, 1) + d) % q, 1));
                for (int p = 1; p < places; p++) {
                    int next = fraction((shifted(r, 1) + d) % q, p + 1);
                    rows.set(fraction(r, p), Decimals.digit(d), next);
                }
            }
        }
    }
}
