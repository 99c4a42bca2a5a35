package tramontane.upstream;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import tools.jackson.databind.JsonNode;
import tramontane.api.CompletionRequest;
import tramontane.api.FinishReason;
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
        private final StringBuilder name = new StringBuilder();
        private final StringBuilder arguments = new StringBuilder();

        private AnswerPart.Call whole() {
            // A call of a function without parameters may have no arguments at all.
            return new AnswerPart.Call(
                    name.toString(), arguments.isEmpty() ? "{}" : arguments.toString());
        }
    }

    /** The state of one choice. */
    private static final class Choice {
        private final StringBuilder text = new StringBuilder();
        private final Map<Integer, Call> calls = new TreeMap<>();

        /** Letters of the request's prefix that the engine has still to repeat. */
        private int repeated;

        private boolean finished;
    }

    private final CompletionRequest request;
    private final String repeatedPrefix;
    private final AnswerCheck check;
    private final List<Choice> choices = new ArrayList<>();
    private final List<CompletionEvent> events = new ArrayList<>();
    private Optional<Usage> usage = Optional.empty();
    private int parts;

    AnswerReader(CompletionRequest request, UpstreamKind kind) {
        this.request = request;
        this.repeatedPrefix = kind.speaksMistral() ? request.prefix() : "";
        this.check = new AnswerCheck(request);
        for (int i = 0; i < request.length().n(); i++) {
            choices.add(new Choice());
        }
    }

    /** Parts of answers so far; at least as many tokens were generated. */
    int parts() {
        return parts;
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
            usage = Optional.of(usage(chunk.get("usage")));
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
        return new CompletionEvent.Done(whole);
    }

    private static BrokenAnswerException failed(JsonNode error) {
        String message =
                error.isString() ? error.stringValue() : error.path("message").asString("");
        return new BrokenAnswerException(
                BrokenAnswerException.Fault.SERVER,
                "it failed: " + ErrorReply.shown(message.isEmpty() ? "no reason given" : message));
    }

    private void read(JsonNode node) throws BrokenAnswerException {
        int index = node.path("index").asInt(0);
        if (index < 0 || index >= choices.size()) {
            throw new BrokenAnswerException(
                    BrokenAnswerException.Fault.SERVER, "it sent a choice that was not asked for");
        }
        Choice choice = choices.get(index);
        if (choice.finished) {
            // Some engines repeat a finished choice beside the usage, without content.
            return;
        }
        JsonNode delta = node.path("delta");
        int before = events.size();
        thinking(index, delta.path("reasoning_content"));
        if (!delta.has("reasoning_content")) {
            thinking(index, delta.path("reasoning"));
        }
        content(index, choice, delta.path("content"));
        for (JsonNode call : delta.path("tool_calls")) {
            call(choice, call);
        }
        if (events.size() > before || !delta.path("tool_calls").isEmpty()) {
            parts++;
        }
        JsonNode reason = node.path("finish_reason");
        if (reason.isString()) {
            finish(index, choice, reason.stringValue());
        }
    }

    private void content(int index, Choice choice, JsonNode content) {
        if (content.isString()) {
            text(index, choice, content.stringValue());
        } else if (content.isArray()) {
            for (JsonNode part : content) {
                if (part.path("type").asString("").equals("thinking")) {
                    part.path("thinking").forEach(piece -> thinking(index, piece.path("text")));
                } else {
                    text(index, choice, part.path("text").asString(""));
                }
            }
        }
    }

    private void thinking(int index, JsonNode piece) {
        String text = piece.asString("");
        if (!text.isEmpty()) {
            events.add(new CompletionEvent.Thinking(index, text));
        }
    }

    private void text(int index, Choice choice, String piece) {
        // Mistral's API repeats the prefix at the start of the answer.
        int skipped = Math.min(piece.length(), repeatedPrefix.length() - choice.repeated);
        choice.repeated += skipped;
        String rest = piece.substring(skipped);
        if (!rest.isEmpty()) {
            if (check.readsText()) {
                choice.text.append(rest);
            }
            events.add(new CompletionEvent.Text(index, rest));
        }
    }

    /** Calls come whole, or in parts of which only the first has a name. */
    private static void call(Choice choice, JsonNode node) {
        JsonNode function = node.path("function");
        String name = function.path("name").asString("");
        int index =
                node.path("index")
                        .asInt(name.isEmpty() ? choice.calls.size() - 1 : choice.calls.size());
        Call call = choice.calls.computeIfAbsent(index, _ -> new Call());
        if (call.name.isEmpty()) {
            call.name.append(name);
        }
        JsonNode arguments = function.path("arguments");
        call.arguments.append(arguments.isObject() ? arguments.toString() : arguments.asString(""));
    }

    private void finish(int index, Choice choice, String reason) throws BrokenAnswerException {
        List<AnswerPart.Call> made = choice.calls.values().stream().map(Call::whole).toList();
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
                                    BrokenAnswerException.Fault.SERVER,
                                    "it ended with finish_reason " + ErrorReply.shown(reason));
                };
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

    private Usage usage(JsonNode sent) {
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
        return new Usage(
                number(sent, "prompt_tokens").orElse(0),
                number(sent, "num_cached_tokens")
                        .or(() -> number(prompt, "cached_tokens"))
                        .orElse(0),
                number(sent, "completion_tokens").orElse(0),
                reasoning,
                drafts);
    }

    private static Optional<Integer> number(JsonNode node, String name) {
        JsonNode value = node.path(name);
        return value.isInt() ? Optional.of(value.intValue()) : Optional.empty();
    }
}
