package tramontane.grammar.regex;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * An immutable set of decimal numbers.
 *
 * <p>Each number has one plain spelling: no exponent, no zero too many, no sign before nought. A
 * set is the automaton of its members' plain spellings, so it has all operations of sets exactly,
 * and equal sets are equal. Operations throw {@link TooComplexException} where that would take too
 * many states, as multiples of a large number do.
 */
public final class NumberSet {
    private static final NumberSet INTEGERS = whole("0|-?[1-9]\\d*");
    private static final NumberSet ALL = whole("0|-?[1-9]\\d*|-?(?:0|[1-9]\\d*)\\.\\d*[1-9]");
    private static final NumberSet NONE = new NumberSet(Automaton.none());

    /** No double is as large; bounds beyond are as good as none. */
    private static final BigDecimal BEYOND = new BigDecimal("1e309");

    /** Digits that a spelling without exponent may take. */
    private static final int SPELLING_MAX = 1200;

    private final Automaton plain;
    private volatile Optional<Automaton> text = Optional.empty();

    private NumberSet(Automaton plain) {
        this.plain = plain;
    }

    /** The numbers whose plain spellings an automaton accepts among other strings. */
    private static NumberSet spelling(Automaton wider) {
        return new NumberSet(wider.and(ALL.plain));
    }

    private static NumberSet whole(String pattern) {
        return Work.uncounted(() -> new NumberSet(EcmaPattern.search("^(?:" + pattern + ")$")));
    }

    public static NumberSet all() {
        return ALL;
    }

    public static NumberSet none() {
        return NONE;
    }

    public static NumberSet integers() {
        return INTEGERS;
    }

    public static NumberSet atLeast(BigDecimal bound) {
        return lessThan(bound).complement();
    }

    public static NumberSet greaterThan(BigDecimal bound) {
        return atMost(bound).complement();
    }

    public static NumberSet atMost(BigDecimal bound) {
        return below(bound, true);
    }

    public static NumberSet lessThan(BigDecimal bound) {
        return below(bound, false);
    }

    private static NumberSet below(BigDecimal bound, boolean included) {
        if (bound.abs().compareTo(BEYOND) >= 0) {
            return bound.signum() > 0 ? ALL : NONE;
        }
        return spelling(DecimalOrder.below(spell(bound), included));
    }

    /** The multiples of {@code step}, which is more than nought. */
    public static NumberSet multipleOf(BigDecimal step) {
        return spelling(Multiples.of(step));
    }

    public static NumberSet oneOf(List<BigDecimal> numbers) {
        return new NumberSet(Automaton.oneOf(numbers.stream().map(NumberSet::spell).toList()));
    }

    private static String spell(BigDecimal number) {
        BigDecimal shortest = number.stripTrailingZeros();
        long digits = (long) shortest.precision() + Math.abs((long) shortest.scale());
        if (digits > SPELLING_MAX) {
            throw new TooComplexException(
                    "a number takes more than " + SPELLING_MAX + " digits without exponent");
        }
        return shortest.signum() == 0 ? "0" : shortest.toPlainString();
    }

    public NumberSet and(NumberSet other) {
        return this == ALL ? other : other == ALL ? this : new NumberSet(plain.and(other.plain));
    }

    public NumberSet or(NumberSet other) {
        return new NumberSet(plain.or(other.plain));
    }

    public NumberSet minus(NumberSet other) {
        return new NumberSet(plain.minus(other.plain));
    }

    public NumberSet complement() {
        return ALL.minus(this);
    }

    public boolean isEmpty() {
        return plain.isEmpty();
    }

    public boolean contains(BigDecimal number) {
        return plain.matches(spell(number));
    }

    public boolean isFinite() {
        return plain.isFinite();
    }

    /** All members in ascending order, if there are at most {@code limit}. */
    public Optional<List<BigDecimal>> values(int limit) {
        return plain.words(limit)
                .map(words -> {
                    List<BigDecimal> values = new ArrayList<>();
                    words.forEach(word -> values.add(new BigDecimal(word)));
                    values.sort(BigDecimal::compareTo);
                    return List.copyOf(values);
                });
    }

    /**
     * JSON texts that denote members, to be written: few enough digits that each is the same member
     * for readers who know doubles only, where the set allows that.
     */
    public Automaton text() {
        Optional<Automaton> known = text;
        if (known.isEmpty()) {
            // The sets of all numbers and of all integers are the same for every schema.
            boolean shared = this == ALL || this == INTEGERS;
            known =
                    Optional.of(
                            shared
                                    ? Work.uncounted(() -> text(NumberText.Digits.WRITTEN))
                                    : text(NumberText.Digits.WRITTEN));
            text = known;
        }
        return known.get();
    }

    /** The JSON texts that denote members, as others may have written them. */
    public Automaton readableText() {
        return text(NumberText.Digits.READ);
    }

    private Automaton text(NumberText.Digits digits) {
        return NumberText.of(plain, this.equals(ALL), digits);
    }

    @Override
    public boolean equals(Object o) {
        return o instanceof NumberSet other && plain.equals(other.plain);
    }

    @Override
    public int hashCode() {
        return plain.hashCode();
    }

    @Override
    public String toString() {
        return "numbers by an " + plain;
    }
}
