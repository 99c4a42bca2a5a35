package tramontane.completion;

import tramontane.api.CompletionJson;
import tramontane.api.CompletionRequest;
import tramontane.api.ModelCard;
import tramontane.backend.Completion;
import tramontane.sampling.SamplingParams;

/**
 * A request whose answer is being generated. Poll {@link #completion} for its events and hand each
 * to a {@link WholeAnswer} or to {@link AnswerChunks}; close it at the end, or earlier to cancel.
 *
 * @param model the model that answers
 * @param sampling the request's parameters with the model's defaults and a seed filled in
 */
public record Answering(
        CompletionRequest request,
        ModelCard model,
        SamplingParams sampling,
        Completion completion,
        Environment environment)
        implements OpenAnswer {
    /** For an answer that is returned as one JSON object. */
    public WholeAnswer whole() {
        return new WholeAnswer(json(), request, environment);
    }

    /** For an answer that is streamed. */
    public AnswerChunks chunks() {
        return new AnswerChunks(json(), request, environment, completion::metrics);
    }

    private CompletionJson json() {
        return new CompletionJson(
                environment.id(),
                environment.epochSecond(),
                request.model(),
                request.output().form().shape());
    }
}
