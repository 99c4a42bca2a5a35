package tramontane.endpoint;

import java.time.Duration;

/**
 * The numbers that bound what callers can make the server hold.
 *
 * @param bodyBytes most bytes of one request body
 * @param bodiesBytes most bytes of all bodies being read or parsed at one time; a body and what is
 *     parsed from it take up to seven times its size
 * @param bodyTime longest time for one body to arrive
 * @param requests most requests in flight
 * @param pingEvery longest silence on an open stream
 */
public record Limits(
        int bodyBytes, long bodiesBytes, Duration bodyTime, int requests, Duration pingEvery) {
    public static final Limits DEFAULT =
            new Limits(32 << 20, 128L << 20, Duration.ofSeconds(60), 512, Duration.ofMillis(1500));
}
