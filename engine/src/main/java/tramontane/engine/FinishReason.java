package tramontane.engine;

/** Why a choice ended. */
public enum FinishReason {
    /** The model ended its answer. */
    STOP,
    /** The request's limit of tokens was reached. */
    LENGTH,
    /** The context was full. */
    MODEL_LENGTH
}
