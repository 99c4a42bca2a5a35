package tramontane.kernel;

/**
 * Which elements of a head rotary position embedding (Su et al. 2021) rotates together.
 *
 * @param headSize elements of a head
 * @param rotated elements of a head that rotate, the first ones; even
 * @param neox true if element {@code i} pairs with {@code i + rotated / 2}, false if {@code 2 i}
 *     pairs with {@code 2 i + 1}
 */
public record RopeShape(int headSize, int rotated, boolean neox) {
    /** Pairs of a head. */
    public int pairs() {
        return rotated / 2;
    }
}
