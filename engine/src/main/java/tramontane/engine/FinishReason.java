package tramontane.engine;

/** Why a choice has ended. */
public enum FinishReason {
    /** The model sampled an end token, or the constraint's text is complete. */
    STOP,
    /** The request's token limit was reached. */
    LENGTH,
    /** The context is full. */
    MODEL_LENGTH
}
