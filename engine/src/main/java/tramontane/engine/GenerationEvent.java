package tramontane.engine;

/** What happens to a generation, in order. */
public sealed interface GenerationEvent {
    /** One more token of a choice's answer. */
    record Token(int choice, int token) implements GenerationEvent {}

    /**
     * @param tokens generated for this choice, the one that ended it included
     */
    record Finished(int choice, FinishReason reason, int tokens) implements GenerationEvent {}

    /** The engine gave up on the whole generation; no event follows. */
    record Failed(String reason) implements GenerationEvent {}
}
