package tramontane.sampling;

/**
 * How the next token is sampled from the logits.
 *
 * @param temperature 0 always takes the most probable token
 * @param topP keeps the smallest set of most probable tokens whose mass reaches this value, 0 &lt;
 *     topP &lt;= 1
 * @param topK keeps this many of the most probable tokens, before {@code topP} applies; 0 keeps all
 * @param seed of the random numbers; with choice and position it determines every draw
 */
public record SamplingParams(
        double temperature, double topP, int topK, long seed, Penalties penalties) {
    /**
     * Penalties for tokens that occurred before. The repetition penalty is that of Keskar et al.
     * 2019, applied like in transformers and vLLM: once to each token of the prompt and the answer,
     * as a divisor of a positive logit and a factor of any other. The other two are applied after
     * it.
     *
     * @param presence subtracted once from the logit of each token of the answer
     * @param frequency subtracted for each occurrence of the token in the answer
     * @param repetition above 0; 1 has no effect
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

        /** True if the tokens of the prompt count as well. */
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
