package tramontane.kernel;

/**
 * What a thread needs besides its arguments, so that no operation allocates: the first call on a thread does, and again
 * only a call with larger heads.
 */
final class Scratch {
    private static final ThreadLocal<Scratch> OF_THREAD = ThreadLocal.withInitial(Scratch::new);

    /** The sixteen virtual lanes of a sum. */
    final float[] lanes = new float[Lanes.COUNT];

    /** Scores, then probabilities, of the positions of a KV tile. */
    final float[] scores = new float[AttentionShape.TILE];

    static Scratch ofThread() {
        return OF_THREAD.get();
    }
}
