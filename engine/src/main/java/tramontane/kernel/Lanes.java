package tramontane.kernel;

/**
 * The sixteen virtual lanes of every sum over a row. Their number does not depend on the width of
 * the machine's vectors.
 */
public final class Lanes {
    public static final int COUNT = 16;

    private Lanes() {}

    /** Adds the lanes 8, 4, 2 and 1 apart, in that order. Overwrites the lower eight lanes. */
    public static float sum(float[] lanes) {
        for (int apart = COUNT / 2; apart > 0; apart /= 2) {
            for (int i = 0; i < apart; i++) {
                lanes[i] += lanes[i + apart];
            }
        }
        return lanes[0];
    }
}
