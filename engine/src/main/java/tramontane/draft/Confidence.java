package tramontane.draft;

/**
 * How often tokens that a draft model drew are accepted, by the probability that it gave them
 * itself. A model that is unsure drafts badly, and knows it; how badly is measured here. Engine
 * thread only.
 *
 * <pre>
 * probability   0      1/8     2/8    ...    7/8      1
 * bucket        |   0   |   1   |  ...  |  6  |   7   |
 * </pre>
 */
final class Confidence {
    private static final int BUCKETS = 8;

    /** The weight of all earlier tokens of a bucket is multiplied by this at each new one. */
    private static final double DECAY = 0.98;

    /** Tokens that the prior counts for: before anything is measured, the model is believed. */
    private static final double PRIOR = 4;

    private final double[] accepted = new double[BUCKETS];
    private final double[] all = new double[BUCKETS];

    Confidence() {
        for (int bucket = 0; bucket < BUCKETS; bucket++) {
            all[bucket] = PRIOR;
            accepted[bucket] = PRIOR * (bucket + 0.5) / BUCKETS;
        }
    }

    private static int bucket(double probability) {
        return Math.clamp((int) (probability * BUCKETS), 0, BUCKETS - 1);
    }

    /** The probability that a token is accepted to which the draft model gave this one. */
    double acceptance(double probability) {
        int bucket = bucket(probability);
        return accepted[bucket] / all[bucket];
    }

    /** Learns whether a token was accepted to which the draft model gave this probability. */
    void learn(double probability, boolean wasAccepted) {
        int bucket = bucket(probability);
        accepted[bucket] = DECAY * accepted[bucket] + (wasAccepted ? 1 : 0);
        all[bucket] = DECAY * all[bucket] + 1;
    }
}
