package tramontane.engine;

import java.util.List;
import java.util.Optional;
import tramontane.sampling.TokenLogprobs;

/** An event of a generation, in the order in which they are delivered. */
public sealed interface GenerationEvent {
    /** Logprobs of the prompt's tokens except the first, if requested; before any answer token. */
    record PromptScored(List<TokenLogprobs> logprobs) implements GenerationEvent {}

    /**
     * The next token of a choice.
     *
     * @param logprobs if requested
     */
    record Token(int choice, int token, Optional<TokenLogprobs> logprobs)
            implements GenerationEvent {}

    /**
     * A choice has ended.
     *
     * @param tokens generated for this choice, including the end token
     */
    record Finished(int choice, FinishReason reason, int tokens) implements GenerationEvent {}

    /** The whole generation has failed; no event follows. */
    record Failed(String reason) implements GenerationEvent {}
}
