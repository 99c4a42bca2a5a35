package tramontane.engine;

import java.util.Optional;
import tramontane.grammar.Constraint;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;

/**
 * What to generate.
 *
 * @param prompt at least one token
 * @param length of each choice's answer; prompt and answer together must fit the context
 * @param choices independent answers to the same prompt, which is computed once
 * @param owner requests of different owners take turns, and never share cached prefixes
 */
public record GenerationRequest(
        int[] prompt,
        Length length,
        SamplingParams sampling,
        int choices,
        Guidance guidance,
        WantedLogprobs logprobs,
        Owner owner) {
    /**
     * How many tokens to write.
     *
     * @param max 0 only reads the prompt
     * @param min before which no token ends the answer, unless the constraint leaves no other
     * @param reason what a choice reports that {@code max} ended
     */
    public record Length(int max, int min, FinishReason reason) {
        public Length {
            if (max < 0 || min < 0 || min > max) {
                throw new IllegalArgumentException(min + " to " + max + " answer tokens");
            }
        }
    }

    /**
     * What is known of the answer beforehand.
     *
     * @param constraint where every choice's answer begins; what it does not allow is never drawn
     * @param prediction tokens the answer is expected to resemble; changes the time, never the
     *     answer
     */
    public record Guidance(Optional<Constraint> constraint, int[] prediction) {
        public static final Guidance NONE = new Guidance(Optional.empty(), new int[0]);
    }

    /** Whose turn it is, and whose cache: {@code cacheKey} splits one caller's cache further. */
    public record Owner(String caller, String cacheKey) {
        String namespace() {
            return caller.length() + ":" + caller + cacheKey;
        }
    }

    public GenerationRequest {
        if (prompt.length < 1 || choices < 1) {
            throw new IllegalArgumentException(
                    prompt.length + " prompt tokens, " + choices + " choices");
        }
    }
}
