package tramontane.endpoint;

import java.time.Duration;

/**
 * How long an answer may take.
 *
 * @param firstToken from the request's arrival to its first token
 * @param whole from the request's arrival to the end of its answer
 * @param write for one write, which a slow reader delays; longer for a large answer
 */
public record AnswerTimes(Duration firstToken, Duration whole, Duration write) {
    public static final AnswerTimes DEFAULT =
            new AnswerTimes(Duration.ofMinutes(30), Duration.ofHours(4), Duration.ofSeconds(30));
}
