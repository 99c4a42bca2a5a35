package tramontane.sampling;

/**
 * A counter-based random number generator (Salmon et al. 2011): a number is a function of (seed,
 * choice, position) and needs no state, so speculation and preemption do not change it. Three
 * rounds of the SplitMix64 finalizer (Steele, Lea and Flood 2014; constants by Stafford).
 */
final class CounterRandom {
    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;

    private CounterRandom() {}

    /** Returns a number in [0, 1) with 53 random bits. */
    static double uniform(long seed, int choice, int position) {
        long bits =
                mix(
                        mix(mix(seed + GOLDEN_GAMMA) + choice * GOLDEN_GAMMA)
                                + position * GOLDEN_GAMMA);
        return (bits >>> 11) * 0x1p-53;
    }

    private static long mix(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}
