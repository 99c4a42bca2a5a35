package tramontane.backend;

import java.util.List;
import tramontane.api.ApiException;
import tramontane.api.FinishReason;
import tramontane.api.ScoredToken;
import tramontane.api.Usage;

/** A step of an answer. */
public sealed interface CompletionEvent {
    /** More text of one choice: whole characters, and no part of a stop string. */
    record Text(int choice, String text) implements CompletionEvent {}

    /** Of the tokens of the prompt from the second on, before all else, where asked for. */
    record PromptScored(List<ScoredToken> tokens) implements CompletionEvent {}

    /** Of one more token of a choice, before the text it completes, where asked for. */
    record Scored(int choice, ScoredToken token) implements CompletionEvent {}

    record Finished(int choice, FinishReason reason) implements CompletionEvent {}

    /** The end of all choices. */
    record Done(Usage usage) implements CompletionEvent {}

    record Failed(ApiException cause) implements CompletionEvent {}
}
