package tramontane.sampling;

/**
 * How the next token is chosen from the logits.
 *
 * @param temperature 0 takes the most probable token
 * @param topP keep the smallest set of most probable tokens whose mass reaches this, 0 &lt; topP
 *     &lt;= 1
 * @param seed key of the generator; with the choice and the position it determines every draw
 * @param presencePenalty taken once from the logit of a token that the answer already holds
 * @param frequencyPenalty taken from a token's logit once for each time the answer holds it
 */
public record SamplingParams(
        double temperature,
        double topP,
        long seed,
        double presencePenalty,
        double frequencyPenalty) {
    public SamplingParams {
        if (!(temperature >= 0)) {
            throw new IllegalArgumentException("temperature is " + temperature);
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("top_p is " + topP);
        }
    }
}
