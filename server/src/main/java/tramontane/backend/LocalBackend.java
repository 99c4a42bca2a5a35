package tramontane.backend;

import java.util.List;
import tramontane.access.Caller;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.ErrorCode;
import tramontane.api.ModelCard;
import tramontane.sampling.SamplingParams;

/** Answers with the engine in this process. */
public final class LocalBackend implements Backend, AutoCloseable {
    private final List<ModelCard> models;

    public LocalBackend(List<ModelCard> models) {
        this.models = List.copyOf(models);
    }

    @Override
    public List<ModelCard> models() {
        return models;
    }

    @Override
    public Completion start(
            ModelCard model, ChatCompletionRequest request, SamplingParams sampling, Caller caller)
            throws ApiException {
        int words = request.messages().getLast().text().split(" ").length;
        int wanted = request.length().maxTokens().orElse(0);
        if (words + wanted > model.contextLength()) {
            throw new ApiException(
                    ErrorCode.CONTEXT_EXCEEDED,
                    "the prompt has "
                            + words
                            + " tokens and max_tokens is "
                            + wanted
                            + ", more than the context of "
                            + model.contextLength()
                            + " tokens",
                    "max_tokens");
        }
        return new LocalCompletion(request, words);
    }

    @Override
    public void close() {}
}
