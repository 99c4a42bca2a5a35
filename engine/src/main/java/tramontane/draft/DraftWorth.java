package tramontane.draft;

/**
 * Decides whether a draft model is worth its time for one answer. Engine thread only.
 *
 * <p>The model must first read what the answer has so far. That pays only in a long answer, whose
 * length is not known. So it starts when the time that drafts would have saved until now equals the
 * time that reading takes: at worst, as much is lost as would have been gained. While drafts do not
 * pay, one is drawn from time to time, to see whether they do by now.
 */
final class DraftWorth {
    /** The weight of all earlier tokens is multiplied by this at each new one. */
    private static final double DECAY = 0.95;

    /** Tokens that what other answers had counts for. */
    private static final double PRIOR = 10;

    private static final int MIN_PAUSE = 4;
    private static final int MAX_PAUSE = 64;

    private double accepted;
    private double all = PRIOR;

    /** Tokens that the answer gained while the model did not follow it. */
    private int missed;

    private boolean follows;
    private int pause = MIN_PAUSE;
    private int nextPause = MIN_PAUSE;

    /**
     * @param rate of acceptance of earlier answers
     */
    DraftWorth(double rate) {
        accepted = PRIOR * rate;
    }

    /** The probability that a token is accepted if those before it are. */
    double rate() {
        return accepted / all;
    }

    void learn(boolean wasAccepted) {
        accepted = DECAY * accepted + (wasAccepted ? 1 : 0);
        all = DECAY * all + 1;
    }

    /** Counts tokens that the answer gained without a draft. */
    void miss(int tokens) {
        missed += tokens;
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
            if (!follows || --pause > 0) {
                return false;
            }
            pause = nextPause;
            nextPause = Math.min(MAX_PAUSE, 2 * nextPause);
            return true;
        }
        pause = MIN_PAUSE;
        nextPause = MIN_PAUSE;
        if (!follows) {
            follows = reading <= saved * missed && reading <= saved * remaining;
        }
        return follows;
    }
}
