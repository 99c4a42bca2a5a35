package tramontane.grammar.schema;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;
import tramontane.grammar.automaton.Automaton;
import tramontane.grammar.automaton.WorkBudget;
import tramontane.grammar.number.NumberSet;
import tramontane.grammar.pattern.EcmaPattern;

/**
 * A set of numbers. Up to draft 4, the spelling decides whether a whole number is an integer, so
 * the set is kept twice. In later drafts both sets are the same.
 *
 * @param bare numbers allowed when spelled with digits only; members that have no such spelling
 *     have no effect
 * @param pointed numbers allowed when spelled with a decimal point or an exponent
 */
public record Numbers(NumberSet bare, NumberSet pointed) {
    private static final Automaton DIGITS =
            WorkBudget.uncounted(() -> EcmaPattern.search("^-?(0|[1-9][0-9]*)$"));

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

    /** True when all numbers of the set are whole. */
    public boolean isWhole() {
        return pointed.minus(NumberSet.integers()).isEmpty();
    }

    /** All numbers in any spelling, if there are at most {@code limit}. */
    Optional<List<BigDecimal>> values(int limit) {
        return (isOne() ? bare : pointed.or(bare.and(NumberSet.integers()))).values(limit);
    }

    /** The JSON texts to write, see {@link NumberSet#text}. */
    public Automaton text() {
        return isOne() ? bare.text() : spelled(bare.text(), pointed.text());
    }

    /** The JSON texts to accept when reading, see {@link NumberSet#readableText}. */
    public Automaton readableText() {
        return isOne() ? bare.readableText() : spelled(bare.readableText(), pointed.readableText());
    }

    private static Automaton spelled(Automaton barely, Automaton otherwise) {
        return barely.and(DIGITS).or(otherwise.minus(DIGITS));
    }

    /** The texts that consist of digits only. */
    public static Automaton digitsOf(Automaton texts) {
        return texts.and(DIGITS);
    }
}
