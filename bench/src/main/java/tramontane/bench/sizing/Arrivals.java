package tramontane.bench.sizing;

/** Where requests come from. */
public sealed interface Arrivals {
    /** A Poisson process of users who ask once. */
    record Open(double perSecond) implements Arrivals {}

    /**
     * Users who ask, read the answer, think for an exponential time, and ask again.
     *
     * @param turns mean number of requests of a conversation, each with all that went before as its
     *     prompt
     * @param maxHistory the tokens at which a conversation ends
     */
    record Users(int count, double thinkSeconds, double turns, int maxHistory)
            implements Arrivals {}
}
