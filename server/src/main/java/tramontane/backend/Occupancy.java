package tramontane.backend;

/**
 * How full a backend is.
 *
 * @param running sequences that are being computed
 * @param waitingTokens of prompts in the queue
 * @param freeBlocks of the cache that no sequence holds; what they remember can be evicted
 * @param blocks of the cache in all
 */
public record Occupancy(int running, long waitingTokens, int freeBlocks, int blocks) {}
