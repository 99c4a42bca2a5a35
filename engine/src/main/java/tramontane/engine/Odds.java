package tramontane.engine;

/**
 * How often the tokens that one source proposed were right lately, and so how many are worth
 * proposing. A source that does not pay rests, and tries one token now and then. Engine thread
 * only.
 */
final class Odds {
    /** What earlier drafts weigh, beside the latest. */
    private static final double FADE = 0.9;

    private static final int REST_MIN = 2;
    private static final int REST_MAX = 64;

    private double right;
    private double wrong;
    private int rest = REST_MIN;
    private int restNext = REST_MIN;

    /**
     * @param right tokens that count as proposed rightly before anything is known
     * @param wrong tokens likewise that were wrong
     */
    Odds(double right, double wrong) {
        this.right = right;
        this.wrong = wrong;
    }

    /** The chance that a token is right behind those before it. */
    private double chance() {
        return right / (right + wrong);
    }

    /**
     * How many tokens to propose, at most {@code most}, which the step is then expected to gain.
     */
    int drafts(int most, StepValue step) {
        int count = 0;
        double chance = chance();
        for (double all = chance; count < most && step.takes(all); all *= chance) {
            count++;
        }
        if (count > 0 || most < 1 || --rest > 0) {
            return count;
        }
        rest = restNext;
        restNext = Math.min(REST_MAX, 2 * restNext);
        return 1;
    }

    /** Of {@code proposed} tokens the first {@code accepted} were right. */
    void learn(int proposed, int accepted) {
        right = FADE * right + accepted;
        wrong = FADE * wrong + (accepted < proposed ? 1 : 0);
        if (accepted > 0) {
            rest = REST_MIN;
            restNext = REST_MIN;
        }
    }
}
