package tramontane.grammar.schema;

import java.math.BigDecimal;
import java.util.List;
import java.util.Optional;

/** Counts the scalars of a set. */
final class ScalarCount {
    private static final int MAX_COUNTED = 100_000;

    private ScalarCount() {}

    /** A lower bound of the number of different scalars; exact below {@code enough}. */
    static long count(NormalForms forms, long enough) {
        long count = 0;
        count += forms.literals().hasNull() ? 1 : 0;
        count += forms.literals().hasTrue() ? 1 : 0;
        count += forms.literals().hasFalse() ? 1 : 0;
        for (StringForm form : forms.strings()) {
            Optional<List<String>> words = form.language().words(MAX_COUNTED);
            if (words.isEmpty()) {
                return Math.max(enough, MAX_COUNTED);
            }
            // Forms may overlap, so only the largest one counts.
            count = Math.max(count, words.get().stream().filter(form::matches).count());
        }
        Optional<List<BigDecimal>> numbers = forms.numbers().values(MAX_COUNTED);
        return numbers.map(List::size).map(Long::valueOf).orElse(Math.max(enough, MAX_COUNTED))
                + count;
    }
}
