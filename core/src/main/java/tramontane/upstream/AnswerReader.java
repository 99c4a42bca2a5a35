package tramontane.upstream;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tramontane.api.ApiException;
import tramontane.api.CompletionRequest;
import tramontane.api.ErrorCode;
import tramontane.api.FinishReason;
import tramontane.api.ScoredToken;
import tramontane.api.Usage;
import tramontane.backend.CompletionEvent;
import tramontane.chat.dialect.AnswerPart;

/**
 * Reads the chunks of an upstream's stream, in Mistral's form or OpenAI's, as events. For one
 * thread.
 */
final class AnswerReader {
    /** A tool call whose parts are still arriving. */
    private static final class Call {
        private final String id;
        private final StringBuilder name = new StringBuilder();
        private final StringBuilder arguments = new StringBuilder();

        private Call(String id) {
            this.id = id;
        }

        /** True if a part with this id and name begins another call. */
        private boolean isOver(String nextId, String nextName) {
            return !nextName.isEmpty() && !id.isEmpty() && !nextId.isEmpty() && !nextId.equals(id);
        }

        private AnswerPart.Call whole() {
            // A call of a function without parameters may have no arguments at all.
            return new AnswerPart.Call(
                    name.toString(), arguments.isEmpty() ? "{}" : arguments.toString());
        }
    }

    /** The state of one choice. */
    private static final class Choice {
        private final StringBuilder text = new StringBuilder();
        private final List<Call> calls = new ArrayList<>();
        private final SurrogatePairs textPairs = new SurrogatePairs();
        private final SurrogatePairs thinkingPairs = new SurrogatePairs();

        /** The last call of each index; some services give all calls the index 0. */
        private final Map<Integer, Call> callsByIndex = new HashMap<>();

        /** Letters of the request's prefix that the engine has still to repeat. */
        private int repeated;

        /** Letters of text and arguments that are kept until they are checked. */
        private long kept;

        private boolean finished;
    }

    /** Counts beyond this are wrong, and sums of them would overflow. */
    private static final int MAX_TOKENS = 1 << 29;

    private final CompletionRequest request;
    private final String repeatedPrefix;
    private final AnswerCheck check;
    private final AnswerLimits limits;
    private final ScoreReader scores;
    private final List<Choice> choices = new ArrayList<>();
    private final List<CompletionEvent> events = new ArrayList<>();
    private Optional<Usage> usage = Optional.empty();
    private int parts;

    AnswerReader(CompletionRequest request, UpstreamKind kind, AnswerLimits limits) {
        this.request = request;
        this.repeatedPrefix = kind.speaksMistral() ? request.prefix() : "";
        this.check = new AnswerCheck(request);
        this.limits = limits;
        this.scores = new ScoreReader(request);
        for (int i = 0; i < request.length().n(); i++) {
            choices.add(new Choice());
        }
    }

    /** At least as many tokens were generated so far. */
    int parts() {
        return Math.max(parts, (int) Math.min(scores.tokens(), MAX_TOKENS));
    }

    Optional<Usage> usage() {
        return usage;
    }

    /**
     * The events of one more chunk.
     *
     * @throws BrokenAnswerException if the upstream failed, or breaks its protocol or the request's
     *     demands
     */
    List<CompletionEvent> take(JsonNode chunk) throws BrokenAnswerException {
        events.clear();
        if (!chunk.isObject()) {
            throw new BrokenAnswerException(
                    BrokenAnswerException.Fault.SERVER, "it sent an event that is no JSON object");
        }
        JsonNode error = chunk.path("error");
        if (error.isObject() || error.isString()) {
            throw failed(error);
        }
        if (chunk.path("usage").isObject()) {
            // Some engines send an empty one first.
            usage = usage(chunk.get("usage")).or(() -> usage);
        }
        for (JsonNode choice : chunk.path("choices")) {
            read(choice);
        }
        return List.copyOf(events);
    }

    /**
     * The last event, after {@code [DONE]}.
     *
     * @throws BrokenAnswerException if something is missing
     */
    CompletionEvent end() throws BrokenAnswerException {
        if (!choices.stream().allMatch(choice -> choice.finished)) {
            throw new BrokenAnswerException(
                    BrokenAnswerException.Fault.SERVER, "it ended without a finish_reason");
        }
        Usage whole =
                usage.orElseThrow(() ->
                        new BrokenAnswerException(
                                BrokenAnswerException.Fault.SERVER, "it sent no usage"));
        // Some servers look for another field and ignore the one they get.
        long max = (long) request.length().maxTokens().orElse(Integer.MAX_VALUE) * choices.size();
        if (whole.completionTokens() > max) {
            throw new BrokenAnswerException(
                    BrokenAnswerException.Fault.SERVER, "it wrote more tokens than max_tokens");
        }
        scores.end(whole, choices.stream().anyMatch(choice -> !choice.calls.isEmpty()));
        return new CompletionEvent.Done(whole);
    }

    private BrokenAnswerException failed(JsonNode error) {
        Optional<ApiException> refusal = ErrorReply.ofEvent(request.model(), error);
        if (refusal.isPresent()) {
            return new BrokenAnswerException(refusal.get());
        }
        String message =
                error.isString() ? error.stringValue() : error.path("message").asString("");
        // A Tramontane's type says whether the server failed: a time limit or a revoked key did
        // not.
        String type = error.path("type").asString("");
        boolean ofRequest =
                type.equals(ErrorCode.TIMEOUT.type()) || type.equals(ErrorCode.UNAUTHORIZED.type());
        return new BrokenAnswerException(
                ofRequest
                        ? BrokenAnswerException.Fault.REQUEST
                        : BrokenAnswerException.Fault.SERVER,
                "it failed: " + ErrorReply.shown(message.isEmpty() ? "no reason given" : message));
    }

    private void read(JsonNode node) throws BrokenAnswerException {
        int index = node.path("index").asInt(0);
        if (index < 0 || index >= choices.size()) {
            throw new BrokenAnswerException(
                    BrokenAnswerException.Fault.SERVER, "it sent a choice that was not asked for");
        }
        Choice choice = choices.get(index);
        // Some services send an answer that they have whole as one message.
        JsonNode delta = node.has("delta") ? node.path("delta") : node.path("message");
        if (choice.finished) {
            if (!delta.path("content").isEmpty()
                    || !delta.path("content").asString("").isEmpty()
                    || !delta.path("tool_calls").isEmpty()) {
                throw new BrokenAnswerException(
                        BrokenAnswerException.Fault.SERVER, "it went on after a finish_reason");
            }
            // Some engines repeat a finished choice beside the usage, without content.
            return;
        }
        List<ScoredToken> prompt = scores.prompt(node);
        if (!prompt.isEmpty()) {
            events.add(new CompletionEvent.PromptScored(prompt));
        }
        for (ScoredToken token : scores.answer(node)) {
            events.add(new CompletionEvent.Scored(index, token));
        }
        int before = events.size();
        String reasoning = delta.path("reasoning_content").asString("");
        thinking(
                index,
                choice,
                reasoning.isEmpty() ? delta.path("reasoning").asString("") : reasoning);
        content(index, choice, delta.path("content"));
        for (JsonNode call : delta.path("tool_calls")) {
            call(choice, call);
        }
        if (events.size() > before || !delta.path("tool_calls").isEmpty()) {
            parts++;
        }
        JsonNode reason = node.path("finish_reason");
        // Some services send an empty one until the end.
        if (reason.isString() && !reason.stringValue().isEmpty()) {
            finish(index, choice, reason.stringValue());
        }
    }

    private void content(int index, Choice choice, JsonNode content) throws BrokenAnswerException {
        if (content.isString()) {
            text(index, choice, content.stringValue());
        } else if (content.isArray()) {
            for (JsonNode part : content) {
                if (part.path("type").asString("").equals("thinking")) {
                    for (JsonNode piece : part.path("thinking")) {
                        thinking(index, choice, piece.path("text").asString(""));
                    }
                } else {
                    text(index, choice, part.path("text").asString(""));
                }
            }
        }
    }

    private void thinking(int index, Choice choice, String piece) throws BrokenAnswerException {
        String text = choice.thinkingPairs.take(piece);
        if (!text.isEmpty()) {
            events.add(new CompletionEvent.Thinking(index, text));
        }
    }

    private void text(int index, Choice choice, String piece) throws BrokenAnswerException {
        // Mistral's API repeats the prefix at the start of the answer.
        int skipped = Math.min(piece.length(), repeatedPrefix.length() - choice.repeated);
        choice.repeated += skipped;
        String rest = choice.textPairs.take(piece.substring(skipped));
        if (!rest.isEmpty()) {
            if (check.readsText()) {
                keep(choice, rest.length());
                choice.text.append(rest);
            }
            events.add(new CompletionEvent.Text(index, rest));
        }
    }

    private void keep(Choice choice, int letters) throws BrokenAnswerException {
        choice.kept += letters;
        if (choice.kept > limits.keptChars()) {
            throw new BrokenAnswerException(
                    BrokenAnswerException.Fault.SERVER,
                    "it wrote more text than its tokens can hold");
        }
    }

    /** Calls come whole, or in parts of which only the first has a name. */
    private void call(Choice choice, JsonNode node) throws BrokenAnswerException {
        JsonNode function = node.path("function");
        String name = function.path("name").asString("");
        String id = node.path("id").asString("");
        JsonNode index = node.path("index");
        Call call =
                begun(choice, index, id, name)
                        .orElseGet(() -> {
                            Call next = new Call(id);
                            choice.calls.add(next);
                            return next;
                        });
        if (index.isInt()) {
            choice.callsByIndex.put(index.intValue(), call);
        }
        if (call.name.isEmpty()) {
            call.name.append(name);
        }
        JsonNode arguments = function.path("arguments");
        String part = arguments.isObject() ? arguments.toString() : arguments.asString("");
        // A call may be all that a part has, so that its objects count too.
        keep(choice, part.length() + name.length() + id.length() + 1);
        call.arguments.append(part);
    }

    /** The call that a part belongs to; empty if it begins one. */
    private static Optional<Call> begun(Choice choice, JsonNode index, String id, String name) {
        if (index.isInt()) {
            return Optional.ofNullable(choice.callsByIndex.get(index.intValue()))
                    .filter(call -> !call.isOver(id, name));
        }
        if (choice.calls.isEmpty()) {
            return Optional.empty();
        }
        Call last = choice.calls.getLast();
        boolean goesOn = name.isEmpty() || !id.isEmpty() && id.equals(last.id);
        return goesOn ? Optional.of(last) : Optional.empty();
    }

    private void finish(int index, Choice choice, String reason) throws BrokenAnswerException {
        List<AnswerPart.Call> made = choice.calls.stream().map(Call::whole).toList();
        FinishReason read =
                switch (reason) {
                    case "stop", "tool_calls", "function_call" -> FinishReason.STOP;
                    case "length" ->
                            request.length().maxTokens().isPresent()
                                    ? FinishReason.LENGTH
                                    : FinishReason.MODEL_LENGTH;
                    case "model_length" -> FinishReason.MODEL_LENGTH;
                    default ->
                            throw new BrokenAnswerException(
                                    // What a filter finds says nothing of the server.
                                    reason.equals("content_filter")
                                            ? BrokenAnswerException.Fault.MODEL
                                            : BrokenAnswerException.Fault.SERVER,
                                    "it ended with finish_reason " + ErrorReply.shown(reason));
                };
        choice.thinkingPairs.end(read != FinishReason.STOP);
        choice.textPairs.end(read != FinishReason.STOP);
        List<AnswerPart.Call> calls = check.calls(choice.text.toString(), made);
        choice.finished = true;
        events.add(
                new CompletionEvent.Finished(
                        index,
                        read == FinishReason.STOP && !calls.isEmpty()
                                ? FinishReason.TOOL_CALLS
                                : read,
                        calls));
    }

    /** Empty if the counts are missing or impossible. */
    private Optional<Usage> usage(JsonNode sent) {
        Optional<Integer> promptTokens = number(sent, "prompt_tokens");
        Optional<Integer> written = number(sent, "completion_tokens");
        if (promptTokens.isEmpty() || written.isEmpty()) {
            return Optional.empty();
        }
        JsonNode prompt = sent.path("prompt_tokens_details");
        JsonNode completion = sent.path("completion_tokens_details");
        Optional<Integer> reasoning = number(completion, "reasoning_tokens");
        Optional<Usage.Drafts> drafts =
                request.hints().prediction().isEmpty()
                        ? Optional.empty()
                        : Optional.of(
                                new Usage.Drafts(
                                        number(completion, "accepted_prediction_tokens").orElse(0),
                                        number(completion, "rejected_prediction_tokens")
                                                .orElse(0)));
        int cached =
                number(sent, "num_cached_tokens")
                        .or(() -> number(prompt, "cached_tokens"))
                        .orElse(0);
        return Optional.of(
                new Usage(
                        promptTokens.get(),
                        Math.min(cached, promptTokens.get()),
                        written.get(),
                        reasoning,
                        drafts));
    }

    private static Optional<Integer> number(JsonNode node, String name) {
        JsonNode value = node.path(name);
        return value.isInt() && value.intValue() >= 0 && value.intValue() <= MAX_TOKENS
                ? Optional.of(value.intValue())
                : Optional.empty();
    }
}
