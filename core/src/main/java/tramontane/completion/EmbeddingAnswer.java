package tramontane.completion;

import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.EmbeddingJson;
import tramontane.api.EmbeddingRequest;
import tramontane.api.ModelCard;
import tramontane.api.Usage;
import tramontane.backend.Completion;
import tramontane.backend.CompletionEvent;

/**
 * A request for embeddings whose vectors are being computed. Poll {@link #completion} for its
 * events and hand each to {@link #take}; close it at the end, or earlier to cancel. For one thread.
 */
public final class EmbeddingAnswer implements OpenAnswer {
    private final EmbeddingRequest request;
    private final ModelCard model;
    private final Completion completion;
    private final String id;
    private float[][] vectors = {};

    EmbeddingAnswer(EmbeddingRequest request, ModelCard model, Completion completion, String id) {
        this.request = request;
        this.model = model;
        this.completion = completion;
        this.id = id;
    }

    public EmbeddingRequest request() {
        return request;
    }

    /** The model that answers. */
    public ModelCard model() {
        return model;
    }

    @Override
    public Completion completion() {
        return completion;
    }

    /**
     * The answer, once the last event has come.
     *
     * @throws ApiException if the answer failed
     */
    public Optional<ObjectNode> take(CompletionEvent event) throws ApiException {
        return switch (event) {
            case CompletionEvent.Embedded(float[][] values) -> {
                vectors = values;
                yield Optional.empty();
            }
            case CompletionEvent.Done(Usage usage) ->
                    Optional.of(
                            new EmbeddingJson(id, request.model(), request.form())
                                    .whole(vectors, usage));
            case CompletionEvent.Failed(ApiException cause) -> throw cause;
            case CompletionEvent.Text _,
                    CompletionEvent.Thinking _,
                    CompletionEvent.PromptScored _,
                    CompletionEvent.Scored _,
                    CompletionEvent.Finished _ ->
                    throw new IllegalArgumentException("embeddings have no text");
        };
    }
}
