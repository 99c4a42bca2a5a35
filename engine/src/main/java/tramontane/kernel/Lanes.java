package tramontane.kernel;

/**
 * The sixteen virtual lanes of every sum over a row, whatever the width of the machine's vectors.
 */
final class Lanes {
    static final int COUNT = 16;

    private Lanes() {}

    /** Adds lanes 8, 4, 2 and 1 apart, in that order; overwrites the lower eight. */
    static float sum(float[] lanes) {
        for (int apart = COUNT / 2; apart > 0; apart /= 2) {
            for (int i = 0; i < apart; i++) {
                lanes[i] += lanes[i + apart];
            }
        }
        return lanes[0];
    }
}
