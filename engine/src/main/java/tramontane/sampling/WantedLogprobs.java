package tramontane.sampling;

import java.util.OptionalInt;

/**
 * The log probabilities that a request wants. A present value is the number of most probable tokens
 * to report at each position, besides the token itself.
 *
 * @param answer for the tokens of the answer
 * @param prompt for the tokens of the prompt, which is then computed even if it is cached
 */
public record WantedLogprobs(OptionalInt answer, OptionalInt prompt) {
    public static final WantedLogprobs NONE =
            new WantedLogprobs(OptionalInt.empty(), OptionalInt.empty());
}
