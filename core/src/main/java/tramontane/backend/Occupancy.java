package tramontane.backend;

import java.util.Collection;
import tramontane.cache.BlockPool;
import tramontane.engine.Engine;

/**
 * How busy a backend is.
 *
 * @param running sequences being computed
 * @param waiting requests in the queue
 * @param waitingTokens prompt tokens in the queue
 * @param cache the blocks of the KV cache
 * @param totals what has been done since the start
 */
public record Occupancy(int running, int waiting, long waitingTokens, Cache cache, Totals totals) {
    private static final Occupancy NOTHING =
            new Occupancy(0, 0, 0, new Cache(0, 0, 0), new Totals(0, 0, 0));

    /**
     * One model.
     *
     * @param load of its engine's last step
     * @param waiting requests in the queue now
     */
    static Occupancy of(Engine.Load load, int waiting) {
        return new Occupancy(
                load.running(),
                waiting,
                load.waitingTokens(),
                new Cache(load.freeBlocks(), load.blocks(), BlockPool.BLOCK_TOKENS),
                new Totals(load.computedTokens(), load.busyNanos(), load.preemptions()));
    }

    /** Several models together. */
    public static Occupancy sum(Collection<Occupancy> models) {
        return models.stream().reduce(NOTHING, Occupancy::plus);
    }

    private Occupancy plus(Occupancy other) {
        return new Occupancy(
                running + other.running,
                waiting + other.waiting,
                waitingTokens + other.waitingTokens,
                new Cache(
                        cache.freeBlocks + other.cache.freeBlocks,
                        cache.blocks + other.cache.blocks,
                        Math.max(cache.blockTokens, other.cache.blockTokens)),
                new Totals(
                        totals.computedTokens + other.totals.computedTokens,
                        totals.busyNanos + other.totals.busyNanos,
                        totals.preemptions + other.totals.preemptions));
    }

    /**
     * The KV cache.
     *
     * @param freeBlocks blocks that no sequence uses; those with a cached prefix can be evicted
     * @param blocks all blocks
     * @param blockTokens positions in a block
     */
    public record Cache(int freeBlocks, int blocks, int blockTokens) {
        /** The part that sequences use, from 0 to 1. */
        public double usage() {
            return blocks == 0 ? 0 : (blocks - freeBlocks) / (double) blocks;
        }
    }

    /**
     * Totals since the start.
     *
     * @param computedTokens rows that the model has computed
     * @param busyNanos time of all steps
     * @param preemptions how often a sequence lost its blocks
     */
    public record Totals(long computedTokens, long busyNanos, long preemptions) {}
}
