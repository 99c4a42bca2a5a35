package tramontane.model;

import tramontane.kernel.Fp32Rows;

/** Attention of patches that all see each other: the keys and values of a picture. */
sealed interface MixedPatches permits PatchAttention, CachedPatches {
    /** Begins a picture of so many patches. */
    void start(int patches);

    /**
     * Stores the keys and values of rows {@code first} to {@code end} of a chunk.
     *
     * @param chunk the first patch of the chunk
     */
    void store(Fp32Rows key, Fp32Rows value, int chunk, int first, int end);

    /** Most rows of a piece. */
    int taskRows();

    /** Computes one head of the rows of a piece. */
    void attend(MutualAttention.Piece piece, int worker);
}
