package tramontane.bench.quality;

/** McNemar's test in its exact form: a two-sided binomial test on the pairs that differ. */
final class SignTest {
    private SignTest() {}

    /** The probability of a split at least as uneven if both sides were equally likely. */
    static double twoSided(int won, int lost) {
        int pairs = won + lost;
        int fewer = Math.min(won, lost);
        double tail = 0;
        double probability = Math.pow(0.5, pairs);
        for (int k = 0; k <= fewer; k++) {
            tail += probability;
            probability = probability * (pairs - k) / (k + 1);
        }
        return Math.min(1, 2 * tail);
    }
}
