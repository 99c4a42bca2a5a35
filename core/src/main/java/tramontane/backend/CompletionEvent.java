package tramontane.backend;

import java.util.List;
import tramontane.api.ApiException;
import tramontane.api.FinishReason;
import tramontane.api.ScoredToken;
import tramontane.api.Usage;
import tramontane.chat.dialect.AnswerPart;

/** An event of an answer. */
public sealed interface CompletionEvent {
    /** More text of a choice: whole characters, without any part of a stop string. */
    record Text(int choice, String text) implements CompletionEvent {}

    /**
     * Logprobs of the prompt's tokens from the second on. Comes first, if the request asks for it.
     */
    record PromptScored(List<ScoredToken> tokens) implements CompletionEvent {}

    /** Logprobs of one more token. Comes before the token's text, if the request asks for it. */
    record Scored(int choice, ScoredToken token) implements CompletionEvent {}

    /** More of the model's thinking. */
    record Thinking(int choice, String text) implements CompletionEvent {}

    /**
     * The end of one choice.
     *
     * @param calls complete tool calls, without ids
     */
    record Finished(int choice, FinishReason reason, List<AnswerPart.Call> calls)
            implements CompletionEvent {}

    /**
     * All vectors of a request for embeddings, one for each text, as long as the model makes them.
     */
    record Embedded(float[][] vectors) implements CompletionEvent {}

    /** The end of the answer: all choices are finished. */
    record Done(Usage usage) implements CompletionEvent {}

    record Failed(ApiException cause) implements CompletionEvent {}
}
