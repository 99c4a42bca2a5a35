package tramontane.completion;

import tools.jackson.databind.JsonNode;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.CompletionRequest;
import tramontane.api.EmbeddingRequest;
import tramontane.api.ErrorCode;
import tramontane.api.FimRequest;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.Caller;
import tramontane.backend.EmbeddingBackend;
import tramontane.backend.LocalBackend;
import tramontane.sampling.SamplingParams;

/**
 * Starts the answers to requests in JSON: parses a request, finds its model, and checks that the
 * model can do what is asked. Safe for use by many threads.
 */
public final class Completions {
    private final ModelNames names;
    private final Backend backend;
    private final Environment environment;

    public Completions(ModelNames names, Backend backend, Environment environment) {
        this.names = names;
        this.backend = backend;
        this.environment = environment;
    }

    /**
     * Starts the answer to a chat completion request.
     *
     * @throws ApiException with every fault of the request, or the reason why it is not answered
     */
    public Answering chat(JsonNode body, Caller caller) throws ApiException {
        return start(ChatCompletionRequest.parse(body, caller.fields()), caller);
    }

    /**
     * Starts the answer to a fill-in-the-middle request.
     *
     * @throws ApiException with every fault of the request, or the reason why it is not answered
     */
    public Answering fim(JsonNode body, Caller caller) throws ApiException {
        return start(FimRequest.parse(body), caller);
    }

    /**
     * Starts the answer to a request for embeddings.
     *
     * @throws ApiException with every fault of the request, or the reason why it is not answered
     */
    public EmbeddingAnswer embeddings(JsonNode body, Caller caller) throws ApiException {
        EmbeddingRequest request = EmbeddingRequest.parse(body, caller.fields());
        ModelCard model = names.visibleTo(caller).require(request.model());
        if (model.isKnown() && !model.abilities().embeds() && !backend.isRemote(model)) {
            throw LocalBackend.embedsNothing(model);
        }
        return new EmbeddingAnswer(
                request, model, backend.embed(model, request, caller), environment.id());
    }

    private Answering start(CompletionRequest request, Caller caller) throws ApiException {
        ModelCard model = names.visibleTo(caller).require(request.model());
        checkAbilities(backend, model, request);
        SamplingParams sampling =
                request.sampling().resolve(model.defaultTemperature(), environment.seed());
        return new Answering(
                request,
                model,
                sampling,
                backend.start(model, request, sampling, caller),
                environment);
    }

    /**
     * @throws ApiException if the model cannot do what the request asks for
     */
    public static void checkAbilities(Backend backend, ModelCard model, CompletionRequest request)
            throws ApiException {
        if (!model.isKnown()) {
            // The backend refuses the request, with the reason.
            return;
        }
        if (model.abilities().embeds()) {
            throw EmbeddingBackend.generatesNothing(model);
        }
        switch (request) {
            case ChatCompletionRequest chat -> {
                checkReasoning(model, chat.prompting());
                if (!backend.isRemote(model) && !model.abilities().vision()) {
                    checkText(model, chat);
                }
            }
            case FimRequest _ -> {
                if (!backend.isRemote(model)) {
                    checkFim(model);
                }
            }
        }
    }

    private static void checkFim(ModelCard model) throws ApiException {
        if (!model.abilities().fim()) {
            throw new ApiException(
                    ErrorCode.BAD_REQUEST,
                    "Model "
                            + model.id()
                            + " has no fill-in-the-middle tokens: it cannot complete between a prompt and a suffix.",
                    "model");
        }
    }

    private static void checkText(ModelCard model, ChatCompletionRequest chat) throws ApiException {
        if (!chat.images().isEmpty()) {
            throw ApiException.notSupported(
                    "messages",
                    "image_url chunks need a model that reads images, and "
                            + model.id()
                            + " reads text only: /v1/models says vision of those that do. For a local model the"
                            + " operator gives the file of its image encoder with --mmproj");
        }
    }

    private static void checkReasoning(ModelCard model, ChatCompletionRequest.Prompting prompting)
            throws ApiException {
        if (model.abilities().reasoning() || !prompting.thinking()) {
            return;
        }
        String field = prompting.effort().isPresent() ? "reasoning_effort" : "prompt_mode";
        String value =
                prompting.effort().map(ChatCompletionRequest.Effort::wireName).orElse("reasoning");
        throw ApiException.notSupported(
                field,
                field
                        + " \""
                        + value
                        + "\" needs a reasoning model, which "
                        + model.id()
                        + " is not");
    }
}
