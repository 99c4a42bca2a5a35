package tramontane.endpoint;

import java.time.Duration;

/**
 * Limits on what clients can make the server hold.
 *
 * @param bodyBytes maximum bytes of one request body
 * @param bodiesBytes maximum bytes of all bodies from reading to the end of tokenizing, in addition
 *     to {@link BodyBudget#FREE_BYTES} for each request
 * @param bodyTime maximum time for one body to arrive, and to wait for its part of {@code
 *     bodiesBytes}
 * @param requests maximum number of requests being answered
 * @param pingEvery maximum silence on an open stream
 * @param times how long an answer may take
 */
public record Limits(
        int bodyBytes,
        long bodiesBytes,
        Duration bodyTime,
        int requests,
        Duration pingEvery,
        AnswerTimes times) {
    /** All waiting bodies may use one part in so many of the heap. */
    private static final int ALL_BODIES_PART = 8;

    private static final int BODY_BYTES = 32 << 20;

    public static final Limits DEFAULT = of(BODY_BYTES, 2L << 30);

    /** Limits with the default times of answers. */
    public Limits(
            int bodyBytes, long bodiesBytes, Duration bodyTime, int requests, Duration pingEvery) {
        this(bodyBytes, bodiesBytes, bodyTime, requests, pingEvery, AnswerTimes.DEFAULT);
    }

    /** Limits for a heap of at most {@code heapBytes}. */
    public static Limits of(int bodyBytes, long heapBytes) {
        return new Limits(
                bodyBytes,
                Math.max(bodyBytes, heapBytes / ALL_BODIES_PART),
                Duration.ofSeconds(60),
                512,
                Duration.ofMillis(1500));
    }

    /** These limits with other times. */
    public Limits with(Duration maxBodyTime, AnswerTimes answerTimes) {
        return new Limits(bodyBytes, bodiesBytes, maxBodyTime, requests, pingEvery, answerTimes);
    }
}
