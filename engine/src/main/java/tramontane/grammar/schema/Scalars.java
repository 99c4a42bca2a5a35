package tramontane.grammar.schema;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/** Counts the scalars of a set. */
final class Scalars {
    private static final int WORDS = 100_000;

    private Scalars() {}

    /** How many different scalars there are; {@code enough} or more where that is certain. */
    static long count(Forms forms, long enough) {
        long count = 0;
        count += forms.literals().hasNull() ? 1 : 0;
        count += forms.literals().hasTrue() ? 1 : 0;
        count += forms.literals().hasFalse() ? 1 : 0;
        for (StringForm form : forms.strings()) {
            Optional<List<String>> words = form.language().words(WORDS);
            if (words.isEmpty()) {
                return Math.max(enough, WORDS);
            }
            // Forms may overlap; one that holds enough alone is all that is relied on.
            count = Math.max(count, words.get().stream().filter(form::matches).count());
        }
        Optional<List<BigDecimal>> numbers = forms.numbers().values(WORDS);
        return numbers.map(List::size).map(Long::valueOf).orElse(Math.max(enough, WORDS)) + count;
    }
}
