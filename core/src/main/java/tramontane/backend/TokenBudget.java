package tramontane.backend;

import tramontane.api.ApiException;

/**
 * The tokens that a request may use. A backend asks once the prompt is tokenized and before any
 * work of the engine.
 */
@FunctionalInterface
public interface TokenBudget {
    TokenBudget UNLIMITED = demand -> {};

    /**
     * What an answer may need at most.
     *
     * @param promptTokens exact, or an estimate
     * @param choices number of answers; the prompt counts once
     * @param maxTokens maximum tokens of each answer
     * @param asked true if the request sets {@code max_tokens}, false if the answer is limited by
     *     the context only
     * @param estimated true if nobody has counted the prompt's tokens yet
     */
    record Demand(int promptTokens, int choices, int maxTokens, boolean asked, boolean estimated) {
        /** With a prompt that was tokenized. */
        public Demand(int promptTokens, int choices, int maxTokens, boolean asked) {
            this(promptTokens, choices, maxTokens, asked, false);
        }
    }

    /**
     * Reserves tokens for a request.
     *
     * @throws ApiException if the request must not be answered now
     */
    void reserve(Demand demand) throws ApiException;
}
