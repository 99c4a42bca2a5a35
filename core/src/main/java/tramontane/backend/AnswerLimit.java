package tramontane.backend;

import java.util.Optional;
import tramontane.api.ApiException;
import tramontane.api.CompletionRequest;
import tramontane.api.ErrorCode;
import tramontane.api.FimRequest;
import tramontane.api.ModelCard;
import tramontane.engine.FinishReason;

/**
 * A prompt with the token limit of its answer.
 *
 * @param maxTokens maximum tokens of the answer
 * @param reason finish reason of an answer that reaches the limit
 */
record AnswerLimit(int[] prompt, int maxTokens, FinishReason reason) {
    /** Counts the tokens of tools and schema, for an error message. */
    @FunctionalInterface
    interface Counting {
        PromptWriter.Additions additions() throws ApiException;
    }

    private static final int COUNTED_BEYOND = 8192;

    /**
     * How many tokens of a prompt are counted. If it is slightly too long the error gives its
     * length; beyond this, counting only costs time.
     */
    static int maxCountedTokens(ModelCard card) {
        return card.contextLength() + COUNTED_BEYOND;
    }

    /**
     * @param prompt tokenized up to {@link #maxCountedTokens}
     * @throws ApiException if prompt and answer exceed the context
     */
    static AnswerLimit of(
            CompletionRequest request, int[] prompt, ModelCard card, Counting counting)
            throws ApiException {
        String place = request instanceof FimRequest ? "prompt" : "messages";
        if (prompt.length == 0) {
            throw new ApiException(
                    ErrorCode.BAD_REQUEST,
                    "The prompt is empty, and model "
                            + card.id()
                            + " has no token that begins a text.",
                    place);
        }
        Optional<Integer> wanted = request.length().maxTokens();
        int min = request.length().minTokens();
        int remaining = card.contextLength() - prompt.length;
        if (remaining < wanted.orElse(Math.max(1, min))) {
            String asked =
                    wanted.isPresent()
                            ? " and max_tokens is " + wanted.get()
                            : min > 1 ? " and min_tokens is " + min : "";
            String field = wanted.isPresent() ? "max_tokens" : min > 1 ? "min_tokens" : place;
            throw new ApiException(
                    ErrorCode.CONTEXT_EXCEEDED,
                    "Prompt contains "
                            + count(prompt.length, card)
                            + " tokens"
                            + parts(counting.additions(), card)
                            + asked
                            + ", too large for model with "
                            + card.contextLength()
                            + " maximum context length",
                    field);
        }
        return new AnswerLimit(
                prompt,
                wanted.orElse(remaining),
                wanted.isPresent() ? FinishReason.LENGTH : FinishReason.MODEL_LENGTH);
    }

    private static String count(int tokens, ModelCard card) {
        int most = maxCountedTokens(card);
        return tokens > most ? "more than " + most : Integer.toString(tokens);
    }

    private static String parts(PromptWriter.Additions additions, ModelCard card) {
        if (additions.tools() == 0 && additions.schema() == 0) {
            return "";
        }
        String tools =
                additions.tools() == 0 ? "" : count(additions.tools(), card) + " of them the tools";
        String schema =
                additions.schema() == 0
                        ? ""
                        : count(additions.schema(), card)
                                + " of them the schema of response_format";
        String and = tools.isEmpty() || schema.isEmpty() ? "" : ", ";
        return " (" + tools + and + schema + ")";
    }
}
