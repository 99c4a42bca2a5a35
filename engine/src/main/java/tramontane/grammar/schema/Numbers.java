package tramontane.grammar.schema;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import tramontane.grammar.regex.Automaton;
import tramontane.grammar.regex.EcmaPattern;
import tramontane.grammar.regex.NumberSet;
import tramontane.grammar.regex.Work;

/**
 * A set of numbers, with the ways in which they may be spelled: up to draft 4 the spelling decides
 * whether a whole number is an integer. Everywhere else both sets are one.
 *
 * @param bare numbers that digits alone may spell; those that they cannot do not matter
 * @param pointed numbers that a point or an exponent may help to spell
 */
public record Numbers(NumberSet bare, NumberSet pointed) {
    private static final Automaton DIGITS =
            Work.uncounted(() -> EcmaPattern.search("^-?(0|[1-9][0-9]*)$"));

    static final Numbers ALL = of(NumberSet.all());
    static final Numbers NONE = of(NumberSet.none());

    static Numbers of(NumberSet set) {
        return new Numbers(set, set);
    }

    private boolean isOne() {
        return bare == pointed || bare.equals(pointed);
    }

    Numbers and(Numbers other) {
        return isOne() && other.isOne()
                ? of(bare.and(other.bare))
                : new Numbers(bare.and(other.bare), pointed.and(other.pointed));
    }

    Numbers or(Numbers other) {
        return isOne() && other.isOne()
                ? of(bare.or(other.bare))
                : new Numbers(bare.or(other.bare), pointed.or(other.pointed));
    }

    Numbers complement() {
        return isOne()
                ? of(bare.complement())
                : new Numbers(bare.complement(), pointed.complement());
    }

    public boolean isEmpty() {
        return pointed.isEmpty() && (isOne() || bare.and(NumberSet.integers()).isEmpty());
    }

    /** Whether every number of the set is whole. */
    public boolean isWhole() {
        return pointed.minus(NumberSet.integers()).isEmpty();
    }

    /** All numbers, however spelled, if there are at most {@code limit}. */
    Optional<List<BigDecimal>> values(int limit) {
        return (isOne() ? bare : pointed.or(bare.and(NumberSet.integers()))).values(limit);
    }

    /** JSON texts to be written, as {@link NumberSet#text} has them. */
    public Automaton text() {
        return isOne() ? bare.text() : spelled(bare.text(), pointed.text());
    }

    /** The JSON texts, as others may have written them. */
    public Automaton readableText() {
        return isOne() ? bare.readableText() : spelled(bare.readableText(), pointed.readableText());
    }

    private static Automaton spelled(Automaton barely, Automaton otherwise) {
        return barely.and(DIGITS).or(otherwise.minus(DIGITS));
    }

    /** Those of the texts that are digits alone. */
    public static Automaton digitsOf(Automaton texts) {
        return texts.and(DIGITS);
    }
}
