package tramontane.backend;

import java.util.List;
import tramontane.api.ApiException;
import tramontane.api.FinishReason;
import tramontane.api.ScoredToken;
import tramontane.api.Usage;
import tramontane.chat.dialect.AnswerPart;

/** A step of an answer. */
public sealed interface CompletionEvent {
    /** More text of one choice: whole characters, and no part of a stop string. */
    record Text(int choice, String text) implements CompletionEvent {}

    /** Of the tokens of the prompt from the second on, before all else, where asked for. */
    record PromptScored(List<ScoredToken> tokens) implements CompletionEvent {}

    /** Of one more token of a choice, before the text it completes, where asked for. */
    record Scored(int choice, ScoredToken token) implements CompletionEvent {}

    /** More of what the model thinks before it answers. */
    record Thinking(int choice, String text) implements CompletionEvent {}

    /**
     * @param calls of tools, whole; they have no ids yet
     */
    record Finished(int choice, FinishReason reason, List<AnswerPart.Call> calls)
            implements CompletionEvent {}

    /** The end of all choices. */
    record Done(Usage usage) implements CompletionEvent {}

    record Failed(ApiException cause) implements CompletionEvent {}
}
