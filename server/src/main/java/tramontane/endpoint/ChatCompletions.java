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
import tramontane.api.Usage;
import tramontane.backend.Backend;
import tramontane.backend.Completion;
import tramontane.backend.CompletionEvent;
import tramontane.sampling.SamplingParams;
import tramontane.usage.LoggedRequest;
import tramontane.usage.RequestLog;
import tramontane.usage.RequestRecord;

/** {@code POST /v1/chat/completions} and {@code POST /v1/fim/completions}. */
public final class ChatCompletions {
    /**
     * How long one look for an event may take, and so how late a silent client's leaving is
     * noticed.
     */
    private static final Duration LOOK = Duration.ofMillis(100);

    private static final int MAX_CLIENT_CHARS = 200;

    private final ModelNames names;
    private final Backend backend;
    private final Surroundings surroundings;
    private final Intake intake;
    private final RequestLog log;

    public ChatCompletions(
            ModelNames names,
            Backend backend,
            Surroundings surroundings,
            Intake intake,
            RequestLog log) {
        this.log = log;
        this.names = names;
        this.backend = backend;
        this.surroundings = surroundings;
        this.intake = intake;
    }

    void answer(Exchange exchange, Caller caller)
            throws ApiException, IOException, InterruptedException {
        logged(
                exchange,
                caller,
                json -> {
                    ChatCompletionRequest request = ChatCompletionRequest.parse(json);
                    ModelCard model = model(request.model());
                    checkReasoning(model, request.prompting());
                    return begin(caller, model, request);
                });
    }

    void fillIn(Exchange exchange, Caller caller)
            throws ApiException, IOException, InterruptedException {
        logged(
                exchange,
                caller,
                json -> {
                    FimRequest request = FimRequest.parse(json);
                    ModelCard model = model(request.model());
                    checkFillsGaps(model);
                    return begin(caller, model, request);
                });
    }

    /** Starts the answer to a body. */
    @FunctionalInterface
    private interface Starting {
        Begun start(JsonNode json) throws ApiException;
    }

    /** A request that the engine has, and its answer as it comes. */
    private record Begun(
            CompletionRequest request, SamplingParams sampling, Completion completion) {}

    private void logged(Exchange exchange, Caller caller, Starting starting)
            throws ApiException, IOException, InterruptedException {
        String client = exchange.header("user-agent").orElse("");
        LoggedRequest entry =
                log.begin(
                        caller,
                        exchange.id(),
                        exchange.path(),
                        client.substring(0, Math.min(client.length(), MAX_CLIENT_CHARS)));
        try (Intake.Visit visit = intake.visit(exchange)) {
            Begun begun =
                    visit.read(body -> {
                        entry.received(body);
                        return starting.start(JsonBody.parse(body));
                    });
            complete(exchange, begun, entry);
        } catch (ApiException e) {
            entry.failed(e);
            throw e;
        } finally {
            entry.left();
        }
    }

    static void checkFillsGaps(ModelCard model) throws ApiException {
        if (!model.abilities().fillsGaps()) {
            throw new ApiException(
                    ErrorCode.BAD_REQUEST,
                    "Model "
                            + model.id()
                            + " has no tokens for filling gaps: it cannot complete between a prompt and a suffix.",
                    "model");
        }
    }

    private ModelCard model(String name) throws ApiException {
        return names.find(name)
                .orElseThrow(() ->
                        new ApiException(
                                ErrorCode.INVALID_MODEL, "Invalid model: " + name, "model"));
    }

    private Begun begin(Caller caller, ModelCard model, CompletionRequest request)
            throws ApiException {
        SamplingParams sampling =
                request.sampling().resolve(model.defaultTemperature(), surroundings.seed());
        return new Begun(request, sampling, backend.start(model, request, sampling, caller));
    }

    private void complete(Exchange exchange, Begun begun, LoggedRequest entry)
            throws ApiException, IOException, InterruptedException {
        CompletionRequest request = begun.request;
        CompletionJson json =
                new CompletionJson(surroundings.id(), surroundings.epochSecond(), request.model());
        try (Completion completion = begun.completion) {
            entry.started(
                    new RequestRecord.Asked(
                            request.model(),
                            request.output().stream(),
                            request.length().n(),
                            begun.sampling.seed()),
                    completion::metrics);
            if (request.output().stream()) {
                stream(exchange, completion, json, request, entry);
            } else {
                ObjectNode answer = whole(exchange, completion, json, request, entry);
                exchange.json(200, answer);
            }
        }
    }

    static void checkReasoning(ModelCard model, ChatCompletionRequest.Prompting prompting)
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

    private ObjectNode whole(
            Exchange exchange,
            Completion completion,
            CompletionJson json,
            CompletionRequest request,
            LoggedRequest entry)
            throws ApiException, IOException, InterruptedException {
        WholeAnswer answer = new WholeAnswer(json, request, surroundings);
        while (true) {
            Optional<CompletionEvent> event = completion.poll(LOOK);
            exchange.checkClient();
            if (event.isPresent()) {
                Optional<ObjectNode> whole = answer.take(event.get());
                note(event.get(), entry, whole);
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
            CompletionRequest request,
            LoggedRequest entry)
            throws ApiException, IOException, InterruptedException {
        Optional<SentAnswer> copy =
                entry.keepsBodies() ? Optional.of(new SentAnswer()) : Optional.empty();
        EventStream stream = new EventStream(exchange, surroundings, intake.limits(), copy);
        StreamedAnswer answer = new StreamedAnswer(stream, json, request, surroundings);
        LiveMetrics live = new LiveMetrics(exchange, stream, surroundings);
        while (!answer.isOver()) {
            Optional<CompletionEvent> event = completion.poll(LOOK);
            exchange.checkClient();
            if (event.isPresent()) {
                live.before(event.get(), completion);
                answer.take(event.get());
                note(
                        event.get(),
                        entry,
                        answer.isOver() ? copy.map(SentAnswer::whole) : Optional.empty());
            } else {
                stream.keepAlive();
            }
        }
    }

    /** Enters what an event says of the whole request into the log. */
    private static void note(
            CompletionEvent event, LoggedRequest entry, Optional<ObjectNode> answer) {
        switch (event) {
            case CompletionEvent.Finished finished ->
                    entry.choiceFinished(finished.reason().wireName());
            case CompletionEvent.Done(Usage usage) -> entry.done(usage, answer);
            case CompletionEvent.Failed(ApiException cause) -> entry.failed(cause);
            case CompletionEvent.Text _,
                    CompletionEvent.Thinking _,
                    CompletionEvent.Scored _,
                    CompletionEvent.PromptScored _ -> {}
        }
    }
}
