package tramontane.sampling;

import java.util.OptionalInt;

/**
 * Which logprobs a request wants: with each token those of so many of the likeliest there.
 *
 * @param answer for the tokens of the answer
 * @param prompt for those of the prompt, which is then computed whole, also where it is cached
 */
public record WantedLogprobs(OptionalInt answer, OptionalInt prompt) {
    public static final WantedLogprobs NONE =
            new WantedLogprobs(OptionalInt.empty(), OptionalInt.empty());
}
