package tramontane.api;

/** A request for a completion of a conversation, or of a text with a gap to fill. */
public sealed interface CompletionRequest permits ChatCompletionRequest, FimRequest {
    /** The model's name as the client wrote it. */
    String model();

    ChatCompletionRequest.Sampling sampling();

    ChatCompletionRequest.Length length();

    ChatCompletionRequest.Output output();

    ChatCompletionRequest.Hints hints();

    /** The start of every answer, supplied by the client; empty if there is none. */
    String prefix();
}
