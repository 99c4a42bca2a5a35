package tramontane.backend;

import java.util.List;
import java.util.Optional;
import tramontane.access.Caller;
import tramontane.api.ApiException;
import tramontane.api.CompletionRequest;
import tramontane.api.ModelCard;
import tramontane.sampling.SamplingParams;

/** Something that can answer requests. */
public sealed interface Backend permits LocalBackend {
    /** The models it serves; the first answers to the names of the hosted service's models. */
    List<ModelCard> models();

    Occupancy occupancy();

    /** Why it answers no request any more, once that is so; it does not recover. */
    Optional<String> failure();

    /**
     * Checks a request, turns it into tokens and queues it.
     *
     * @param model one of {@link #models}
     * @param sampling the request's own, with the model's temperature and a seed filled in
     * @throws ApiException where the request cannot be answered; nothing has been sent yet
     */
    Completion start(
            ModelCard model, CompletionRequest request, SamplingParams sampling, Caller caller)
            throws ApiException;

    /**
     * Says what {@link #start} would make of a request, and generates nothing.
     *
     * @param model one of {@link #models}
     */
    Inspection inspect(ModelCard model, CompletionRequest request, Caller caller)
            throws InterruptedException;
}
