package tramontane.backend;

import java.util.Optional;
import tramontane.api.ApiException;
import tramontane.api.CompletionRequest;
import tramontane.api.ErrorCode;
import tramontane.api.FimRequest;
import tramontane.api.ModelCard;
import tramontane.engine.FinishReason;

/**
 * A prompt, and the room that the context leaves for an answer.
 *
 * @param most tokens of the answer
 * @param reason why an answer ends that fills it
 */
record Room(int[] prompt, int most, FinishReason reason) {
    /** Counts what of a prompt is tools and schema, for an error message. */
    @FunctionalInterface
    interface Counting {
        PromptWriter.Additions additions() throws ApiException;
    }

    private static final int COUNTED_BEYOND = 8192;

    /**
     * Tokens that are counted of a prompt. One that is somewhat too long is told its length;
     * beyond, counting would only cost time.
     */
    static int countedMax(ModelCard card) {
        return card.contextLength() + COUNTED_BEYOND;
    }

    /**
     * @param prompt counted up to {@link #countedMax}
     * @throws ApiException where the context does not hold the prompt and the answer
     */
    static Room of(CompletionRequest request, int[] prompt, ModelCard card, Counting counting)
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
        int room = card.contextLength() - prompt.length;
        if (room < wanted.orElse(Math.max(1, min))) {
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
        return new Room(
                prompt,
                wanted.orElse(room),
                wanted.isPresent() ? FinishReason.LENGTH : FinishReason.MODEL_LENGTH);
    }

    private static String count(int tokens, ModelCard card) {
        int most = countedMax(card);
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
