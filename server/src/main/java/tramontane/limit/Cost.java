package tramontane.limit;

/**
 * What a request takes from the limits of its key.
 *
 * @param prompt tokens of its prompt, which it pays for also if its server dies
 * @param tokens of its prompt and its longest answer
 * @param answered true if it is one of the key's concurrent requests
 * @param estimated true if nobody has counted the prompt's tokens yet
 */
record Cost(long prompt, long tokens, boolean answered, boolean estimated) {
    /** Of tokens that are counted. */
    Cost(long prompt, long tokens, boolean answered) {
        this(prompt, tokens, answered, false);
    }
}
