package tramontane.engine;

import java.util.List;
import java.util.Optional;
import tramontane.sampling.TokenLogprobs;

/** What happens to a generation, in order. */
public sealed interface GenerationEvent {
    /** Of the prompt's tokens from the second on, before all tokens of answers, where asked for. */
    record PromptScored(List<TokenLogprobs> logprobs) implements GenerationEvent {}

    /**
     * One more token of a choice's answer.
     *
     * @param logprobs where asked for
     */
    record Token(int choice, int token, Optional<TokenLogprobs> logprobs)
            implements GenerationEvent {}

    /**
     * @param tokens generated for this choice, the one that ended it included
     */
    record Finished(int choice, FinishReason reason, int tokens) implements GenerationEvent {}

    /** The engine gave up on the whole generation; no event follows. */
    record Failed(String reason) implements GenerationEvent {}
}
