package tramontane.endpoint;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;
import tramontane.access.Caller;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.CompletionJson;
import tramontane.api.CompletionRequest;
import tramontane.api.ErrorCode;
import tramontane.api.FimRequest;
import tramontane.api.JsonBody;
import tramontane.api.ModelCard;
import tramontane.backend.Backend;
import tramontane.backend.Completion;
import tramontane.backend.CompletionEvent;

/** {@code POST /v1/chat/completions} and {@code POST /v1/fim/completions}. */
public final class ChatCompletions {
    /**
     * How long one look for an event may take, and so how late a silent client's leaving is
     * noticed.
     */
    private static final Duration LOOK = Duration.ofMillis(100);

    private final ModelNames names;
    private final Backend backend;
    private final Surroundings surroundings;
    private final Limits limits;
    private final BodyBudget bodies;

    public ChatCompletions(
            ModelNames names, Backend backend, Surroundings surroundings, Limits limits) {
        this.names = names;
        this.backend = backend;
        this.surroundings = surroundings;
        this.limits = limits;
        this.bodies = new BodyBudget(limits.bodiesBytes());
    }

    void answer(Exchange exchange, Caller caller)
            throws ApiException, IOException, InterruptedException {
        ChatCompletionRequest request = ChatCompletionRequest.parse(body(exchange));
        ModelCard model = model(request.model());
        checkReasoning(model, request.prompting());
        complete(exchange, caller, model, request);
    }

    void fillIn(Exchange exchange, Caller caller)
            throws ApiException, IOException, InterruptedException {
        FimRequest request = FimRequest.parse(body(exchange));
        ModelCard model = model(request.model());
        if (!model.abilities().fillsGaps()) {
            throw new ApiException(
                    ErrorCode.BAD_REQUEST,
                    "Model "
                            + model.id()
                            + " has no tokens for filling gaps: it cannot complete between a prompt and a suffix.",
                    "model");
        }
        complete(exchange, caller, model, request);
    }

    private ModelCard model(String name) throws ApiException {
        return names.find(name)
                .orElseThrow(() ->
                        new ApiException(
                                ErrorCode.INVALID_MODEL, "Invalid model: " + name, "model"));
    }

    private void complete(
            Exchange exchange, Caller caller, ModelCard model, CompletionRequest request)
            throws ApiException, IOException, InterruptedException {
        var sampling = request.sampling().resolve(model.defaultTemperature(), surroundings.seed());
        CompletionJson json =
                new CompletionJson(surroundings.id(), surroundings.epochSecond(), request.model());
        try (Completion completion = backend.start(model, request, sampling, caller)) {
            if (request.output().stream()) {
                stream(exchange, completion, json, request);
            } else {
                exchange.json(200, whole(exchange, completion, json, request));
            }
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

    private JsonNode body(Exchange exchange) throws ApiException, IOException {
        try (BodyBudget.Share share = bodies.share()) {
            return JsonBody.parse(exchange.body(limits, share));
        }
    }

    private ObjectNode whole(
            Exchange exchange,
            Completion completion,
            CompletionJson json,
            CompletionRequest request)
            throws ApiException, IOException, InterruptedException {
        WholeAnswer answer = new WholeAnswer(json, request, surroundings);
        while (true) {
            Optional<CompletionEvent> event = completion.poll(LOOK);
            exchange.checkClient();
            if (event.isPresent()) {
                Optional<ObjectNode> whole = answer.take(event.get());
                if (whole.isPresent()) {
                    return whole.get();
                }
            }
        }
    }

    private void stream(
            Exchange exchange,
            Completion completion,
            CompletionJson json,
            CompletionRequest request)
            throws ApiException, IOException, InterruptedException {
        EventStream stream = new EventStream(exchange, surroundings, limits);
        StreamedAnswer answer = new StreamedAnswer(stream, json, request, surroundings);
        while (!answer.isOver()) {
            Optional<CompletionEvent> event = completion.poll(LOOK);
            exchange.checkClient();
            if (event.isPresent()) {
                answer.take(event.get());
            } else {
                stream.keepAlive();
            }
        }
    }
}
