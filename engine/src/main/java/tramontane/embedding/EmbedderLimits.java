package tramontane.embedding;

/**
 * The limits of an embedder.
 *
 * @param context maximum length of a text in tokens
 * @param blocks size of the KV cache in blocks of 16 tokens
 * @param stepTokens maximum of tokens in a step
 * @param maxJobs that may be unfinished
 * @param maxTokens of all unfinished jobs; a single job may have more
 */
record EmbedderLimits(int context, int blocks, int stepTokens, int maxJobs, long maxTokens) {
    /** Texts of a step. Each may leave most of a cache block unused. */
    static final int STEP_TEXTS = 64;

    static final int MAX_JOBS = 1024;
    static final long MAX_TOKENS = 1 << 20;
}
