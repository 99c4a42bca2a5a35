package tramontane.draft;

/**
 * The acceptance rate of one source of drafts over recent steps, and how many of its tokens are
 * worth drafting. A source that is not worth its time pauses, and tries one token from time to
 * time. Engine thread only.
 */
final class AcceptanceRate {
    /** The weight of all earlier drafts is multiplied by this at each new one. */
    private static final double DECAY = 0.9;

    private static final int MIN_PAUSE = 2;
    private static final int MAX_PAUSE = 64;

    private double accepted;
    private double rejected;
    private int pause = MIN_PAUSE;
    private int nextPause = MIN_PAUSE;

    /**
     * @param accepted prior: tokens that count as accepted before anything is measured
     * @param rejected prior: tokens that count as rejected
     */
    AcceptanceRate(double accepted, double rejected) {
        this.accepted = accepted;
        this.rejected = rejected;
    }

    /** The probability that a token is accepted if those before it are. */
    private double probability() {
        return accepted / (accepted + rejected);
    }

    /** True if more tokens are accepted than rejected. */
    boolean isMostlyRight() {
        return accepted > rejected;
    }

    /** How many tokens to draft, at most {@code max}. The cost model counts them as planned. */
    int drafts(int max, StepCostModel costs) {
        int count = 0;
        double one = probability();
        for (double all = one; count < max && costs.takes(all); all *= one) {
            count++;
        }
        if (count > 0 || max < 1 || --pause > 0) {
            return count;
        }
        pause = nextPause;
        nextPause = Math.min(MAX_PAUSE, 2 * nextPause);
        return 1;
    }

    /** The first {@code acceptedNow} of {@code drafted} tokens were accepted. */
    void learn(int drafted, int acceptedNow) {
        accepted = DECAY * accepted + acceptedNow;
        rejected = DECAY * rejected + (acceptedNow < drafted ? 1 : 0);
        if (acceptedNow > 0) {
            pause = MIN_PAUSE;
            nextPause = MIN_PAUSE;
        }
    }
}
