package tramontane.bench.sizing;

import java.util.List;

/**
 * How long a step of a replica takes: a constant part (reading the weights), a part for each answer
 * that gets a token, and a part for each token of a prompt.
 *
 * @param promptTokens maximum of prompt tokens in a step
 * @param sequences maximum of requests that are computed at one time
 */
public record StepTimes(
        double baseSeconds,
        double answerSeconds,
        double promptSeconds,
        int promptTokens,
        int sequences) {
    /** The measured time between two tokens of each of {@code streams} answers. */
    public record Measured(int streams, double seconds) {}

    public double seconds(int answers, int prompt) {
        return baseSeconds + answers * answerSeconds + prompt * promptSeconds;
    }

    /** The mean of two measurements. */
    public StepTimes middle(StepTimes other) {
        return new StepTimes(
                (baseSeconds + other.baseSeconds) / 2,
                (answerSeconds + other.answerSeconds) / 2,
                (promptSeconds + other.promptSeconds) / 2,
                promptTokens,
                sequences);
    }

    /**
     * The line through measured times with the least sum of squared relative errors, so that a
     * single stream counts as much as many.
     */
    public static StepTimes fit(
            List<Measured> measured, double promptSeconds, int promptTokens, int sequences) {
        double weights = 0;
        double streams = 0;
        double squares = 0;
        double seconds = 0;
        double products = 0;
        for (Measured each : measured) {
            double weight = 1 / (each.seconds * each.seconds);
            weights += weight;
            streams += weight * each.streams;
            squares += weight * each.streams * each.streams;
            seconds += weight * each.seconds;
            products += weight * each.streams * each.seconds;
        }
        double determinant = weights * squares - streams * streams;
        double slope = (weights * products - streams * seconds) / determinant;
        double base = (seconds - slope * streams) / weights;
        return new StepTimes(
                Math.max(0, base), Math.max(0, slope), promptSeconds, promptTokens, sequences);
    }
}
