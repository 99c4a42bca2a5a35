package tramontane.endpoint;

import java.time.Duration;

/**
 * The numbers that bound what callers can make the server hold.
 *
 * @param bodyBytes most bytes of one request body
 * @param bodiesBytes most bytes of all bodies from when they are read until their prompts are
 *     tokenized, beside what every request may hold (see {@link BodyBudget#FREE_BYTES})
 * @param bodyTime longest time for one body to arrive, and to wait for its part of {@code
 *     bodiesBytes}
 * @param requests most requests that are being answered
 * @param pingEvery longest silence on an open stream
 */
public record Limits(
        int bodyBytes, long bodiesBytes, Duration bodyTime, int requests, Duration pingEvery) {
    /**
     * A body and all that is made of it until it is tokenized take up to so many times its size.
     * Only one large body is parsed at a time; the others take their size once.
     */
    private static final int GROWTH = 7;

    /** The part of the heap that the largest body may fill while it is parsed. */
    private static final int ONE_BODY_PART = 2;

    /** The part of the heap that all bodies may fill while they wait to be parsed. */
    private static final int ALL_BODIES_PART = 8;

    private static final int BODY_BYTES = 32 << 20;

    public static final Limits DEFAULT = of(BODY_BYTES, 2L << 30);

    /** Limits for a heap that may grow to {@code heapBytes}. */
    public static Limits of(int bodyBytes, long heapBytes) {
        return new Limits(
                bodyBytes,
                Math.max(bodyBytes, heapBytes / ALL_BODIES_PART),
                Duration.ofSeconds(60),
                512,
                Duration.ofMillis(1500));
    }

    /** The largest body that such a heap can take. */
    public static int bodyBytesMax(long heapBytes) {
        return (int) Math.min(1 << 30, heapBytes / ONE_BODY_PART / GROWTH);
    }

    /** The largest body taken if nobody says otherwise. */
    public static int bodyBytesDefault(long heapBytes) {
        return Math.min(BODY_BYTES, bodyBytesMax(heapBytes));
    }
}
