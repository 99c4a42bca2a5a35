package tramontane.backend;

import tramontane.api.ApiException;
import tramontane.api.FinishReason;
import tramontane.api.Usage;

/** A step of an answer. */
public sealed interface CompletionEvent {
    /** More text of one choice: whole characters, and no part of a stop string. */
    record Text(int choice, String text) implements CompletionEvent {}

    record Finished(int choice, FinishReason reason) implements CompletionEvent {}

    /** The end of all choices. */
    record Done(Usage usage) implements CompletionEvent {}

    record Failed(ApiException cause) implements CompletionEvent {}
}
