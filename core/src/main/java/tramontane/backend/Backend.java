package tramontane.backend;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tramontane.api.ApiException;
import tramontane.api.CompletionRequest;
import tramontane.api.EmbeddingRequest;
import tramontane.api.ModelCard;
import tramontane.sampling.SamplingParams;

/** Answers requests. */
public interface Backend extends AutoCloseable {
    /**
     * The served models; the first also answers to the names of hosted models. The list changes
     * with the settings, and a card when its model is loaded again from a file that was replaced.
     */
    List<ModelCard> models();

    /** The file of each model, by the model's id. */
    Map<String, Path> files();

    /** The file of the image encoder of each model that has one, by the model's id. */
    Map<String, Path> encoderFiles() throws IOException;

    /**
     * @param model one of {@link #models}
     */
    ModelState state(ModelCard model);

    /** How busy each loaded model is, by the model's id. */
    Map<String, Occupancy> occupancies();

    /** How busy all loaded models are together. */
    default Occupancy occupancy() {
        return Occupancy.sum(occupancies().values());
    }

    /** True if another server runs the model: then the backend itself says what it cannot do. */
    default boolean isRemote(ModelCard model) {
        return false;
    }

    /** Why no request can be answered; empty while the backend works. */
    Optional<String> failure();

    /** Why no request can be answered until the process is started again. */
    default Optional<String> lost() {
        return failure();
    }

    /**
     * Validates a request, tokenizes it and puts it into the queue.
     *
     * @param model one of {@link #models}
     * @param sampling the request's parameters with the model's temperature and a seed filled in
     * @throws ApiException if the request cannot be answered; nothing has been sent yet
     */
    Completion start(
            ModelCard model, CompletionRequest request, SamplingParams sampling, Caller caller)
            throws ApiException;

    /**
     * Validates a request for embeddings, tokenizes its texts and puts them into the queue. The
     * answer is one {@link CompletionEvent.Embedded}, then {@link CompletionEvent.Done}.
     *
     * @param model one of {@link #models}
     * @throws ApiException if the request cannot be answered; nothing has been sent yet
     */
    Completion embed(ModelCard model, EmbeddingRequest request, Caller caller) throws ApiException;

    /**
     * Reports what {@link #start} would do with a request, without generating anything.
     *
     * @param model one of {@link #models}
     */
    Inspection inspect(ModelCard model, CompletionRequest request, Caller caller)
            throws InterruptedException;

    /**
     * Ends every running answer, and each later one at once, with a {@link CompletionEvent.Failed}.
     * May be called repeatedly.
     */
    void endAnswers();

    @Override
    void close();
}
