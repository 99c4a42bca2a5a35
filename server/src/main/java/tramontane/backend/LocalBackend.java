package tramontane.backend;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import tramontane.access.Caller;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.ErrorCode;
import tramontane.api.ModelCard;
import tramontane.sampling.SamplingParams;

/** Answers with the engine in this process. */
public final class LocalBackend implements Backend, AutoCloseable {
    private final List<ModelCard> models;

    private LocalBackend(List<ModelCard> models) {
        this.models = List.copyOf(models);
    }

    /**
     * Loads a model and starts its engine.
     *
     * @param name what it answers to, besides {@code aliases}
     */
    public static LocalBackend load(
            Path file, String name, List<String> aliases, RunOptions options) throws IOException {
        long created = Files.getLastModifiedTime(file).to(TimeUnit.SECONDS);
        return new LocalBackend(
                List.of(
                        new ModelCard(
                                name,
                                created,
                                options.context().orElse(4096),
                                aliases,
                                0.7,
                                false,
                                Optional.empty())));
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
