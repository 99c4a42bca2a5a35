package tramontane.grammar.number;

import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.TooComplexException;
import tramontane.grammar.automaton.WorkBudget;
import tramontane.grammar.pattern.EcmaPattern;

/**
 * An immutable set of decimal numbers.
 *
 * <p>Each number has exactly one plain spelling: no exponent, no superfluous zeros, no sign before
 * zero. A set is the automaton of the plain spellings of its members. So set operations are exact,
 * and equal sets have equal automata. Operations throw {@link TooComplexException} if the automaton
 * would have too many states, as for multiples of a large number.
 */
public final class NumberSet {
    private static final NumberSet INTEGERS = whole("0|-?[1-9]\\d*");
    private static final NumberSet ALL = whole("0|-?[1-9]\\d*|-?(?:0|[1-9]\\d*)\\.\\d*[1-9]");
    private static final NumberSet NONE = new NumberSet(Automaton.none());

    /** Beyond the range of doubles: larger bounds have no effect. */
    private static final BigDecimal BEYOND = new BigDecimal("1e309");

    /** Upper limit for the digits of a plain spelling. */
    private static final int MAX_SPELLING_DIGITS = 1200;

    private final Automaton plain;
    private volatile Optional<Automaton> text = Optional.empty();

    private NumberSet(Automaton plain) {
        this.plain = plain;
    }

    /** The numbers whose plain spellings are accepted; other strings are ignored. */
    private static NumberSet spelling(Automaton wider) {
        return new NumberSet(wider.and(ALL.plain));
    }

    private static NumberSet whole(String pattern) {
        return WorkBudget.uncounted(
                () -> new NumberSet(EcmaPattern.search("^(?:" + pattern + ")$")));
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

    /** The multiples of {@code step}, which must be positive. */
    public static NumberSet multipleOf(BigDecimal step) {
        return spelling(Multiples.of(step));
    }

    public static NumberSet oneOf(List<BigDecimal> numbers) {
        return new NumberSet(Automaton.oneOf(numbers.stream().map(NumberSet::spell).toList()));
    }

    private static String spell(BigDecimal number) {
        BigDecimal shortest = number.stripTrailingZeros();
        long digits = (long) shortest.precision() + Math.abs((long) shortest.scale());
        if (digits > MAX_SPELLING_DIGITS) {
            throw new TooComplexException(
                    "a number has more than "
                            + MAX_SPELLING_DIGITS
                            + " digits without an exponent");
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
     * The JSON texts to write: they denote members and, where the set allows it, have so few digits
     * that readers that use doubles get a member, too.
     */
    public Automaton text() {
        Optional<Automaton> known = text;
        if (known.isEmpty()) {
            // Every schema can use the sets of all numbers and of all integers.
            boolean shared = this == ALL || this == INTEGERS;
            known =
                    Optional.of(
                            shared
                                    ? WorkBudget.uncounted(() -> text(NumberText.Digits.WRITTEN))
                                    : text(NumberText.Digits.WRITTEN));
            text = known;
        }
        return known.get();
    }

    /** The JSON texts to accept when reading what others wrote. */
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
