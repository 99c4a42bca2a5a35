package tramontane.engine;

import java.util.List;
import java.util.Optional;
import tramontane.grammar.Constraint;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;

/**
 * What to generate.
 *
 * @param input the prompt
 * @param length limits of each choice's answer; prompt and answer must fit the context together
 * @param choices number of independent answers; the prompt is computed once for all of them
 * @param owner whose request it is, for fairness and for cached prefixes
 */
public record GenerationRequest(
        Prompt input,
        Length length,
        SamplingParams sampling,
        int choices,
        Guidance guidance,
        WantedLogprobs logprobs,
        Owner owner) {
    /**
     * What the model reads before it answers.
     *
     * @param tokens at least one
     * @param images in ascending order of their positions, without overlap
     */
    public record Prompt(int[] tokens, List<PromptImage> images) {
        public Prompt {
            images = List.copyOf(images);
            if (tokens.length < 1) {
                throw new IllegalArgumentException("a prompt without tokens");
            }
            int end = 0;
            for (PromptImage image : images) {
                if (image.firstPosition() < end || image.end() > tokens.length) {
                    throw new IllegalArgumentException(
                            "a picture at position "
                                    + image.firstPosition()
                                    + " to "
                                    + (image.end() - 1)
                                    + " of a prompt of "
                                    + tokens.length
                                    + " tokens, where "
                                    + end
                                    + " is the first free one");
                }
                end = image.end();
            }
        }

        /** A prompt of text. */
        public Prompt(int[] tokens) {
            this(tokens, List.of());
        }
    }

    /**
     * How many tokens to generate.
     *
     * @param max maximum; 0 only computes the prompt
     * @param min minimum: before it, no end token is sampled unless the constraint allows only
     *     those
     * @param reason the finish reason of a choice that reaches {@code max}
     */
    public record Length(int max, int min, FinishReason reason) {
        public Length {
            if (max < 0 || min < 0 || min > max) {
                throw new IllegalArgumentException(min + " to " + max + " answer tokens");
            }
        }
    }

    /**
     * What is known about the answer in advance.
     *
     * @param constraint at its start; only tokens that it allows are sampled
     * @param prediction tokens that the answer probably resembles; they change how long the answer
     *     takes, never the answer itself
     * @param answered tokens of each choice that the same request had from another engine; at most
     *     as many lists as choices. They change how long the answer takes, too, but do not count as
     *     prediction
     */
    public record Guidance(
            Optional<Constraint> constraint, int[] prediction, List<int[]> answered) {
        public static final Guidance NONE = new Guidance(Optional.empty(), new int[0]);

        public Guidance {
            answered = List.copyOf(answered);
        }

        /** For an answer that begins here. */
        public Guidance(Optional<Constraint> constraint, int[] prediction) {
            this(constraint, prediction, List.of());
        }

        int[] answered(int choice) {
            return choice < answered.size() ? answered.get(choice) : new int[0];
        }
    }

    /**
     * Callers share the engine fairly. Cached prefixes are shared only between requests with the
     * same caller and cache key.
     */
    public record Owner(String caller, String cacheKey) {
        String namespace() {
            return caller.length() + ":" + caller + cacheKey;
        }
    }

    public GenerationRequest {
        if (choices < 1) {
            throw new IllegalArgumentException(choices + " choices");
        }
    }

    /** For a prompt of text. */
    public GenerationRequest(
            int[] prompt,
            Length length,
            SamplingParams sampling,
            int choices,
            Guidance guidance,
            WantedLogprobs logprobs,
            Owner owner) {
        this(new Prompt(prompt), length, sampling, choices, guidance, logprobs, owner);
    }

    /** The tokens of the prompt. */
    public int[] prompt() {
        return input.tokens();
    }
}
