package tramontane.engine;

import tramontane.sampling.SamplingParams;

/**
 * What to generate.
 *
 * @param prompt at least one token
 * @param maxTokens of each choice's answer, at least 1; prompt and answer together must fit the
 *     context
 * @param limitReason what a choice reports that reached {@code maxTokens}
 * @param choices independent answers to the same prompt, which is computed once
 * @param prediction tokens the answer is expected to resemble; changes the time, never the answer
 * @param owner requests of different owners take turns, and never share cached prefixes
 */
public record GenerationRequest(
        int[] prompt,
        int maxTokens,
        FinishReason limitReason,
        SamplingParams sampling,
        int choices,
        int[] prediction,
        Owner owner) {
    /** Whose turn it is, and whose cache: {@code cacheKey} splits one caller's cache further. */
    public record Owner(String caller, String cacheKey) {
        String namespace() {
            return caller.length() + ":" + caller + cacheKey;
        }
    }

    public GenerationRequest {
        if (prompt.length < 1 || maxTokens < 1 || choices < 1) {
            throw new IllegalArgumentException(
                    prompt.length
                            + " prompt tokens, "
                            + maxTokens
                            + " answer tokens, "
                            + choices
                            + " choices");
        }
    }
}
