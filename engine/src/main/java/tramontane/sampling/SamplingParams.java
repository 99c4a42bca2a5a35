package tramontane.sampling;

/**
 * How the next token is chosen from the logits.
 *
 * @param temperature 0 takes the most probable token
 * @param topP keep the smallest set of most probable tokens whose mass reaches this, 0 &lt; topP
 *     &lt;= 1
 * @param topK keep so many of the most probable tokens, before {@code topP} looks at them; 0 keeps
 *     all
 * @param seed key of the generator; with the choice and the position it determines every draw
 */
public record SamplingParams(
        double temperature, double topP, int topK, long seed, Penalties penalties) {
    /**
     * What a token pays for having come before. Repetition is the factor of Keskar and others 2019
     * as transformers and vLLM apply it: once to each token of the prompt and the answer, dividing
     * a logit above zero and multiplying any other. The two differences come after it.
     *
     * @param presence taken once from the logit of a token that the answer already holds
     * @param frequency taken from a token's logit once for each time the answer holds it
     * @param repetition above 0; 1 changes nothing
     */
    public record Penalties(double presence, double frequency, double repetition) {
        public static final Penalties NONE = new Penalties(0, 0, 1);

        public Penalties {
            if (!(repetition > 0)) {
                throw new IllegalArgumentException("repetition_penalty is " + repetition);
            }
        }

        boolean any() {
            return presence != 0 || frequency != 0 || repetition != 1;
        }

        /** Whether the tokens of the prompt count, too. */
        public boolean readsPrompt() {
            return repetition != 1;
        }
    }

    public SamplingParams {
        if (!(temperature >= 0)) {
            throw new IllegalArgumentException("temperature is " + temperature);
        }
        if (!(topP > 0 && topP <= 1)) {
            throw new IllegalArgumentException("top_p is " + topP);
        }
        if (topK < 0) {
            throw new IllegalArgumentException("top_k is " + topK);
        }
    }

    /** Without top_k and repetition penalty. */
    public SamplingParams(
            double temperature,
            double topP,
            long seed,
            double presencePenalty,
            double frequencyPenalty) {
        this(temperature, topP, 0, seed, new Penalties(presencePenalty, frequencyPenalty, 1));
    }
}
