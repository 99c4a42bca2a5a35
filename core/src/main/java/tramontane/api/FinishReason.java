package tramontane.api;

/** Why a choice ended. */
public enum FinishReason {
    STOP("stop"),
    LENGTH("length"),
    MODEL_LENGTH("model_length"),
    TOOL_CALLS("tool_calls"),
    ERROR("error");

    private final String wireName;

    FinishReason(String wireName) {
        this.wireName = wireName;
    }

    public String wireName() {
        return wireName;
    }
}
