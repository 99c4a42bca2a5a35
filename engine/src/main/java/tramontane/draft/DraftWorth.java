package tramontane.draft;

/**
 * Decides whether a draft model is worth its time for one answer. Engine thread only.
 *
 * <p>The model must first read what the answer has so far. That pays only in a long answer, whose
 * length is not known. So it starts when the time that drafts would have saved until now equals the
 * time that reading takes: at worst, as much is lost as would have been gained. Where drafts do not
 * pay, it stops, and what was measured counts less with every token that it misses. So it comes
 * back later, for instance when code follows after prose.
 */
final class DraftWorth {
    /** The weight of all earlier tokens is multiplied by this at each new one. */
    private static final double DECAY = 0.95;

    /** The same at each token that the model misses. */
    private static final double MISS_DECAY = 0.99;

    /** Tokens that the prior counts for. */
    private static final double PRIOR = 6;

    private final double priorRate;
    private double accepted;
    private double all;

    /** Tokens that the answer gained while the model did not follow it. */
    private int missed;

    private boolean follows;

    /**
     * @param priorRate of acceptance, before anything is measured
     */
    DraftWorth(double priorRate) {
        this.priorRate = priorRate;
    }

    /** The probability that a token is accepted if those before it are. */
    double rate() {
        return (accepted + PRIOR * priorRate) / (all + PRIOR);
    }

    void learn(boolean wasAccepted) {
        accepted = DECAY * accepted + (wasAccepted ? 1 : 0);
        all = DECAY * all + 1;
    }

    /** Counts tokens that the answer gained without a draft. */
    void miss(int tokens) {
        if (!follows) {
            missed += tokens;
            double decay = Math.pow(MISS_DECAY, tokens);
            accepted *= decay;
            all *= decay;
        }
    }

    /**
     * True if the model shall read or draft now.
     *
     * @param saved nanoseconds that drafts would save for each token; 0 if they do not pay
     * @param reading nanoseconds to read what the model has not read
     * @param remaining tokens that the answer may still gain
     */
    boolean isNow(double saved, double reading, int remaining) {
        if (saved <= 0) {
            missed = follows ? 0 : missed;
            follows = false;
        } else if (!follows) {
            follows = reading <= saved * missed && reading <= saved * remaining;
        }
        return follows;
    }
}
