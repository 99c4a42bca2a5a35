package tramontane.upstream;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.LongSupplier;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.CompletionRequest;
import tramontane.api.EmbeddingRequest;
import tramontane.api.ErrorCode;
import tramontane.api.FimRequest;
import tramontane.api.JsonBody;
import tramontane.api.ModelCard;
import tramontane.api.Sha256;
import tramontane.backend.Backend;
import tramontane.backend.Caller;
import tramontane.backend.Completion;
import tramontane.backend.Inspection;
import tramontane.backend.ModelState;
import tramontane.backend.Occupancy;
import tramontane.backend.TokenBudget;
import tramontane.backend.Via;
import tramontane.sampling.SamplingParams;

/** A backend whose model runs on other servers. Safe for use by many threads. */
final class UpstreamBackend implements Backend {
    /** How long the start waits for the first check of each address. */
    private static final Duration FIRST_CHECK = Duration.ofSeconds(3);

    /** Until an operator has changed the configuration. */
    private static final Duration LOOP_RETRY_AFTER = Duration.ofSeconds(30);

    /** Tokens expected of an answer without max_tokens. */
    private static final int UNASKED_TOKENS = 1024;

    private final UpstreamModel model;
    private final UpstreamCompletion.Parts parts;
    private final List<Thread> checks = new ArrayList<>();
    private final CountDownLatch checked;
    private final Set<UpstreamCompletion> open = ConcurrentHashMap.newKeySet();
    private volatile Optional<ModelCard> card = Optional.empty();
    private volatile boolean retired;

    /** Starts to check the addresses. */
    UpstreamBackend(UpstreamModel model, LongSupplier nanos) {
        this.model = model;
        UpstreamClient client = new UpstreamClient(model);
        Addresses addresses = new Addresses(model, nanos);
        this.parts = new UpstreamCompletion.Parts(model, client, addresses, nanos);
        this.checked = new CountDownLatch(addresses.all().size());
        for (Address address : addresses.all()) {
            UpstreamCheck check =
                    new UpstreamCheck(model, client, address, found -> card = Optional.of(found));
            checks.add(Thread.ofVirtual().name("upstream-check").start(() -> check.run(checked)));
        }
    }

    /** Waits for the first check of each address, for a few seconds at most. */
    void awaitChecked() throws InterruptedException {
        boolean unused = checked.await(FIRST_CHECK.toMillis(), TimeUnit.MILLISECONDS);
    }

    UpstreamModel model() {
        return model;
    }

    List<UpstreamStatus> statuses() {
        return parts.addresses().all().stream().map(Address::status).toList();
    }

    UpstreamCounts counts() {
        return parts.addresses().counts();
    }

    @Override
    public List<ModelCard> models() {
        return List.of(
                card.orElseGet(() ->
                        ModelCard.unknown(
                                new ModelCard.Names(model.name(), List.of()),
                                "on " + model.kind().wireName())));
    }

    @Override
    public Map<String, Path> files() {
        return Map.of();
    }

    @Override
    public Map<String, Path> encoderFiles() {
        return Map.of();
    }

    @Override
    public ModelState state(ModelCard asked) {
        return failure().<ModelState>map(ModelState.Failed::new).orElseGet(ModelState.Loaded::new);
    }

    @Override
    public Map<String, Occupancy> occupancies() {
        int requests = parts.addresses().all().stream().mapToInt(Address::requests).sum();
        return Map.of(
                model.name(),
                new Occupancy(
                        requests,
                        0,
                        0,
                        new Occupancy.Cache(0, 0, 0),
                        new Occupancy.Totals(0, 0, 0)));
    }

    @Override
    public Optional<String> failure() {
        return parts.addresses().failure();
    }

    @Override
    public Completion start(
            ModelCard asked, CompletionRequest request, SamplingParams sampling, Caller caller)
            throws ApiException {
        check(request);
        checkHops(caller);
        String cacheKey = cacheKey(request, caller);
        int contextLength = models().getFirst().contextLength();
        ObjectNode body = RequestBody.of(model, contextLength, request, sampling, cacheKey);
        TokenBudget.Demand demand = demand(request, RequestBody.promptTokens(body));
        caller.budget().reserve(demand);
        int answer =
                demand.asked() ? demand.maxTokens() : Math.min(demand.maxTokens(), UNASKED_TOKENS);
        Addresses.Load load =
                new Addresses.Load(
                        demand.promptTokens() + (long) demand.choices() * answer,
                        model.addresses().size() > 1
                                ? PromptPrefixes.of(body, cacheKey)
                                : PromptPrefixes.NONE);
        UpstreamCompletion completion =
                new UpstreamCompletion(
                        parts,
                        new UpstreamCompletion.Sending(
                                request,
                                JsonBody.write(body),
                                demand.promptTokens(),
                                load,
                                AnswerLimits.of(request, contextLength),
                                caller.hops() + 1,
                                caller.requestId()),
                        parts.addresses().enter(load, Set.of()),
                        this::answered);
        open.add(completion);
        completion.start();
        return completion;
    }

    private void check(CompletionRequest request) throws ApiException {
        UpstreamFields.check(request, model);
        ModelCard told = models().getFirst();
        if (request instanceof FimRequest && told.isKnown() && !told.abilities().fim()) {
            throw new ApiException(
                    ErrorCode.BAD_REQUEST,
                    "Model "
                            + model.name()
                            + " cannot complete between a prompt and a suffix, as its upstream says.",
                    "model");
        }
        if (request instanceof ChatCompletionRequest chat
                && chat.prompting().tools().mustCall()
                && !chat.prefix().isEmpty()) {
            throw new ApiException(
                    ErrorCode.BAD_REQUEST,
                    "The prefix does not begin an answer that response_format and tool_choice allow.",
                    "messages");
        }
    }

    /** Servers that have each other as upstream would pass a request on for ever. */
    private void checkHops(Caller caller) throws ApiException {
        if (caller.hops() >= Via.MAX_HOPS) {
            throw ApiException.unavailable(
                    "The request was passed on by "
                            + caller.hops()
                            + " gateways: an upstream of model "
                            + model.name()
                            + " leads back to this server, or too many gateways stand in a row.",
                    LOOP_RETRY_AFTER);
        }
    }

    private TokenBudget.Demand demand(CompletionRequest request, int promptTokens) {
        int context = models().getFirst().contextLength();
        Optional<Integer> asked = request.length().maxTokens();
        return new TokenBudget.Demand(
                promptTokens,
                request.length().n(),
                asked.orElse(Math.max(1, context - promptTokens)),
                asked.isPresent(),
                true);
    }

    /** Equal for requests that may share cached prefixes, and tells the upstream nothing else. */
    private static String cacheKey(CompletionRequest request, Caller caller) {
        return Sha256.of(caller.id() + '\0' + request.hints().cacheKey().orElse(""));
    }

    private void answered(UpstreamCompletion over) {
        open.remove(over);
        closeIfUnused();
    }

    @Override
    public Completion embed(ModelCard asked, EmbeddingRequest request, Caller caller)
            throws ApiException {
        throw new ApiException(
                ErrorCode.INVALID_MODEL,
                "Invalid model: "
                        + model.name()
                        + " runs on another server, and embeddings of upstreams are not served",
                "model");
    }

    /** The upstream alone knows the prompt's tokens, so only faults are reported. */
    @Override
    public Inspection inspect(ModelCard asked, CompletionRequest request, Caller caller) {
        Optional<ApiException> refusal = Optional.empty();
        try {
            check(request);
        } catch (ApiException e) {
            refusal = Optional.of(e);
        }
        return new Inspection(Optional.empty(), OptionalInt.empty(), OptionalInt.empty(), refusal);
    }

    @Override
    public void endAnswers() {
        open.forEach(UpstreamCompletion::end);
    }

    /** Lets the open answers finish and closes the connections then. */
    void retire() {
        retired = true;
        closeIfUnused();
    }

    private void closeIfUnused() {
        // Until then, answers may be continued by servers that come back.
        if (retired && open.isEmpty()) {
            checks.forEach(Thread::interrupt);
            parts.client().close();
        }
    }

    @Override
    public void close() {
        checks.forEach(Thread::interrupt);
        endAnswers();
        parts.client().close();
    }
}
