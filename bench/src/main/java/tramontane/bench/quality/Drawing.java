package tramontane.bench.quality;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import tools.jackson.databind.JsonNode;

/** Draws the values of one task. No word is drawn twice, and dates are drawn in ascending order. */
final class Drawing {
    /**
     * A value of a slot.
     *
     * @param text what stands for it in the task's text
     */
    record Value(JsonNode json, String text) {}

    private final Random random;
    private final Language language;
    private final Map<String, List<String>> pools;
    private final Set<String> used = new HashSet<>();
    private LocalDate latest = LocalDate.EPOCH;

    Drawing(Random random, Language language, Map<String, List<String>> pools) {
        this.random = random;
        this.language = language;
        this.pools = pools;
    }

    Language language() {
        return language;
    }

    /** From {@code min} to {@code max}, both included. */
    int whole(int min, int max) {
        return min + random.nextInt(max - min + 1);
    }

    boolean coin() {
        return random.nextBoolean();
    }

    <T> T pick(List<T> from) {
        return from.get(random.nextInt(from.size()));
    }

    String word(String pool) {
        List<String> words = pools.get(pool);
        if (words == null) {
            throw new IllegalArgumentException("no pool named " + pool + " in " + language);
        }
        List<String> left = new ArrayList<>(words);
        left.removeAll(used);
        String word = pick(left);
        used.add(word);
        return word;
    }

    LocalDate date(int firstYear, int lastYear) {
        latest = LocalDate.of(whole(firstYear, lastYear), whole(1, 12), 1).plusDays(whole(0, 27));
        return latest;
    }

    LocalDate dateAfter(int minDays, int maxDays) {
        latest = latest.plusDays(whole(minDays, maxDays));
        return latest;
    }
}
