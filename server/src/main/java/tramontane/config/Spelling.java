package tramontane.config;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;
import java.util.Optional;

/** Finds the name that was probably meant. */
final class Spelling {
    /** One typing error in so many characters, and one more. */
    private static final int CHARS_PER_ERROR = 4;

    private Spelling() {}

    /** The name that was probably meant: a similar one, or the same one in another table. */
    static Optional<String> nearest(String given, Collection<String> names) {
        String part = lastPart(plain(given));
        return similar(given, names)
                .or(() -> names.stream().filter(name -> lastPart(name).equals(part)).findFirst());
    }

    /** The most similar of the names, if it is similar enough to be a misspelling. */
    static Optional<String> similar(String given, Collection<String> names) {
        String word = plain(given);
        int maxErrors = 1 + word.length() / CHARS_PER_ERROR;
        return names.stream()
                .min(
                        Comparator.<String>comparingInt(name -> distance(word, plain(name)))
                                .thenComparing(Comparator.naturalOrder()))
                .filter(name -> distance(word, plain(name)) <= maxErrors);
    }

    private static String plain(String name) {
        return name.toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String lastPart(String name) {
        return name.substring(name.lastIndexOf('.') + 1);
    }

    /**
     * The optimal string alignment distance: insertions, deletions, substitutions, and swaps of
     * neighbours.
     */
    static int distance(String from, String to) {
        int[][] costs = new int[from.length() + 1][to.length() + 1];
        for (int i = 0; i <= from.length(); i++) {
            for (int j = 0; j <= to.length(); j++) {
                costs[i][j] = i == 0 || j == 0 ? i + j : cost(costs, from, to, i, j);
            }
        }
        return costs[from.length()][to.length()];
    }

    private static int cost(int[][] costs, String from, String to, int i, int j) {
        boolean same = from.charAt(i - 1) == to.charAt(j - 1);
        int least =
                Math.min(
                        Math.min(costs[i - 1][j], costs[i][j - 1]) + 1,
                        costs[i - 1][j - 1] + (same ? 0 : 1));
        boolean swapped =
                i > 1
                        && j > 1
                        && from.charAt(i - 1) == to.charAt(j - 2)
                        && from.charAt(i - 2) == to.charAt(j - 1);
        return swapped ? Math.min(least, costs[i - 2][j - 2] + 1) : least;
    }
}
