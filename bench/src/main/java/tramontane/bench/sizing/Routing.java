package tramontane.bench.sizing;

/** How a gateway chooses a replica. */
public enum Routing {
    /** Any, whatever its load. */
    RANDOM,
    /** The one with the fewest expected tokens of this gateway's open requests. */
    LOAD,
    /** The one that has the conversation in its cache, unless its load is far above the mean. */
    AFFINITY
}
