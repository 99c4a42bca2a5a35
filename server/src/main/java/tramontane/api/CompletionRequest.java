package tramontane.api;

/** What every request for a completion says, be it of a conversation or of a text with a gap. */
public sealed interface CompletionRequest permits ChatCompletionRequest, FimRequest {
    /** The name of the model that is to answer. */
    String model();

    ChatCompletionRequest.Sampling sampling();

    ChatCompletionRequest.Length length();

    ChatCompletionRequest.Output output();

    ChatCompletionRequest.Hints hints();

    /** The text every answer begins with, because the caller wrote it. */
    String prefix();
}
