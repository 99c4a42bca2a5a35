package tramontane.upstream;

import java.nio.charset.StandardCharsets;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.AnswerSchema;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.ChatCompletionRequest.PromptMode;
import tramontane.api.ChatCompletionRequest.Prompting;
import tramontane.api.CompletionRequest;
import tramontane.api.FimRequest;
import tramontane.api.ToolUse;
import tramontane.sampling.SamplingParams;
import tramontane.sampling.WantedLogprobs;

/**
 * Writes a request for an engine. Sampling values are always written, because an engine's own
 * defaults, for instance of its model's generation_config.json, would change the answer.
 */
final class RequestBody {
    /**
     * An answer's seed has 53 bits or more, and llama-server's has 32, of which one value is
     * special.
     */
    private static final int SEED_BITS = 31;

    /** More are not served by most engines. */
    private static final int MAX_TOP_LOGPROBS = 20;

    private final UpstreamKind kind;
    private final int contextLength;
    private final CompletionRequest request;
    private final ObjectNode body = JsonNodeFactory.instance.objectNode();

    private RequestBody(UpstreamModel model, int contextLength, CompletionRequest request) {
        this.kind = model.kind();
        this.contextLength = contextLength;
        this.request = request;
    }

    /**
     * @param contextLength of the model
     * @param sampling with the model's temperature and a seed filled in
     * @param cacheKey keeps cached prefixes of different callers apart
     */
    static ObjectNode of(
            UpstreamModel model,
            int contextLength,
            CompletionRequest request,
            SamplingParams sampling,
            String cacheKey) {
        RequestBody writing = new RequestBody(model, contextLength, request);
        writing.body.put("model", model.remoteName());
        switch (request) {
            case ChatCompletionRequest chat -> {
                writing.chat(chat, sampling);
                writing.putCacheKey(cacheKey);
            }
            case FimRequest fim -> {
                writing.body.put("prompt", fim.prompt()).put("suffix", fim.suffix());
                writing.putCacheKey(cacheKey);
            }
        }
        writing.length();
        writing.sampling(sampling);
        writing.body.put("stream", true);
        if (!writing.kind.speaksMistral()) {
            ObjectNode options =
                    writing.body.putObject("stream_options").put("include_usage", true);
            if (writing.tellsUsageSoFar()) {
                options.put("continuous_usage_stats", true);
            }
        }
        return writing.body;
    }

    private void chat(ChatCompletionRequest chat, SamplingParams sampling) {
        // Engines of Mistral's API add the safe prompt themselves.
        body.set(
                "messages",
                MessageJson.of(kind.speaksMistral() ? chat.messages() : chat.conversation(), kind));
        penalties(sampling.penalties());
        topK(sampling.topK());
        if (chat.length().n() > 1) {
            body.put("n", chat.length().n());
        }
        logprobs(chat.output().logprobs());
        prefix(chat);
        prompting(chat.prompting());
        tools(chat.prompting().tools());
        chat.prompting().schema().ifPresent(this::format);
        String prediction = chat.hints().prediction();
        if (!prediction.isEmpty() && takesPrediction()) {
            body.putObject("prediction").put("type", "content").put("content", prediction);
        }
    }

    private void logprobs(WantedLogprobs wanted) {
        if (wanted.answer().isPresent()) {
            body.put("logprobs", true);
            int top = wanted.answer().getAsInt();
            switch (kind) {
                case TRAMONTANE, MISTRAL, SGLANG, OPENAI -> body.put("top_logprobs", top);
                // Its list has the token itself too, which may take the place of another one.
                case VLLM ->
                        body.put("top_logprobs", top == 0 ? 0 : Math.min(top + 1, MAX_TOP_LOGPROBS))
                                .put("return_token_ids", true);
                // It sends no logprobs at all if no alternatives are wanted.
                case LLAMA_SERVER -> body.put("top_logprobs", Math.max(top, 1));
            }
        }
        // Other engines are not asked for them.
        if (wanted.prompt().isPresent()) {
            body.put("prompt_logprobs", true)
                    .put("top_prompt_logprobs", wanted.prompt().getAsInt());
        }
    }

    /**
     * Then a cancelled answer is settled exactly. With several choices, each has its own counts.
     */
    private boolean tellsUsageSoFar() {
        return request.length().n() == 1
                && switch (kind) {
                    case VLLM, SGLANG -> true;
                    case TRAMONTANE, MISTRAL, LLAMA_SERVER, OPENAI -> false;
                };
    }

    private boolean takesPrediction() {
        return switch (kind) {
            case TRAMONTANE, MISTRAL, OPENAI -> true;
            case VLLM, SGLANG, LLAMA_SERVER -> false;
        };
    }

    private void prefix(ChatCompletionRequest chat) {
        if (chat.prefix().isEmpty()) {
            return;
        }
        switch (kind) {
            // A llama-server that is not told repeats the prefix at the start of a stream.
            case VLLM, LLAMA_SERVER ->
                    body.put("continue_final_message", true).put("add_generation_prompt", false);
            case SGLANG -> body.put("continue_final_message", true);
            // The message itself says it; OpenAI's API was refused.
            case TRAMONTANE, MISTRAL, OPENAI -> {}
        }
    }

    private void prompting(Prompting prompting) {
        if (kind.speaksMistral()) {
            if (prompting.safe()) {
                body.put("safe_prompt", true);
            }
            switch (prompting.mode()) {
                case MODEL_DEFAULT -> {}
                case NONE -> body.putNull("prompt_mode");
                case REASONING -> body.put("prompt_mode", "reasoning");
            }
            prompting.effort().ifPresent(effort -> body.put("reasoning_effort", effort.wireName()));
        } else if (prompting.mode() == PromptMode.NONE || prompting.effort().isPresent()) {
            // Another effort than none was refused.
            body.putObject("chat_template_kwargs").put("enable_thinking", false);
        }
    }

    private void tools(ToolUse tools) {
        if (tools.offers().isEmpty()) {
            return;
        }
        ArrayNode list = body.putArray("tools");
        for (ToolUse.Offer offer : tools.offers()) {
            ObjectNode function = list.addObject().put("type", "function").putObject("function");
            function.put("name", offer.tool().name())
                    .put("description", offer.tool().description())
                    .set("parameters", JsonTree.object(offer.tool().parameters()));
            if (offer.tool().strict()) {
                function.put("strict", true);
            }
        }
        switch (tools.choice()) {
            case AUTO -> body.put("tool_choice", "auto");
            case NONE -> body.put("tool_choice", "none");
            case CALL -> mustCall(tools);
        }
        if (!tools.parallel()) {
            body.put("parallel_tool_calls", false);
        }
    }

    private void mustCall(ToolUse tools) {
        boolean named = tools.callable().size() == 1 && tools.offers().size() > 1;
        if (named) {
            body.putObject("tool_choice")
                    .put("type", "function")
                    .putObject("function")
                    .put("name", tools.callable().getFirst().tool().name());
        } else {
            body.put("tool_choice", kind.speaksMistral() ? "any" : "required");
        }
    }

    private void format(AnswerSchema schema) {
        ObjectNode format = body.putObject("response_format");
        if (schema.shown().isEmpty()) {
            format.put("type", "json_object");
            return;
        }
        format.put("type", "json_schema")
                .putObject("json_schema")
                .put("name", "answer")
                .put("strict", true)
                .set("schema", JsonTree.object(schema.shown().get()));
    }

    private void length() {
        request.length()
                .maxTokens()
                .ifPresent(max ->
                        body.put(
                                kind == UpstreamKind.OPENAI
                                        ? "max_completion_tokens"
                                        : "max_tokens",
                                max));
        if (request.length().minTokens() > 0) {
            body.put("min_tokens", request.length().minTokens());
        }
        boolean json =
                request instanceof ChatCompletionRequest chat
                        && chat.prompting().schema().isPresent();
        // A Tramontane knows by itself that JSON is never cut.
        if (!request.length().stop().isEmpty() && (!json || kind == UpstreamKind.TRAMONTANE)) {
            ArrayNode stops = body.putArray("stop");
            request.length().stop().forEach(stops::add);
        }
    }

    private void sampling(SamplingParams sampling) {
        body.put("temperature", sampling.temperature()).put("top_p", sampling.topP());
        switch (kind) {
            case TRAMONTANE, MISTRAL -> body.put("random_seed", sampling.seed());
            case VLLM, SGLANG, OPENAI -> body.put("seed", sampling.seed());
            case LLAMA_SERVER -> body.put("seed", sampling.seed() & (1L << SEED_BITS) - 1);
        }
    }

    private void topK(int topK) {
        switch (kind) {
            case TRAMONTANE, LLAMA_SERVER -> body.put("top_k", topK);
            case VLLM, SGLANG -> body.put("top_k", topK == 0 ? -1 : topK);
            case MISTRAL -> {
                // Its description lacks the field, which only the newest clients have.
                if (topK > 0) {
                    body.put("top_k", topK);
                }
            }
            case OPENAI -> {}
        }
    }

    private void penalties(SamplingParams.Penalties penalties) {
        if (kind != UpstreamKind.LLAMA_SERVER) {
            body.put("presence_penalty", penalties.presence())
                    .put("frequency_penalty", penalties.frequency());
        }
        switch (kind) {
            case TRAMONTANE -> body.put("repetition_penalty", penalties.repetition());
            case VLLM, SGLANG ->
                    body.put("repetition_penalty", penalties.repetition()).put("min_p", 0);
            case LLAMA_SERVER ->
                    body.put("presence_penalty", 0)
                            .put("frequency_penalty", 0)
                            .put("repeat_penalty", penalties.repetition())
                            // Its older versions take -1 for all tokens, newer ones do not.
                            .put("repeat_last_n", penalties.repetition() == 1 ? 0 : contextLength)
                            .put("min_p", 0);
            case MISTRAL -> {
                if (penalties.repetition() != 1) {
                    body.put("repetition_penalty", penalties.repetition());
                }
            }
            case OPENAI -> {}
        }
    }

    private void putCacheKey(String cacheKey) {
        switch (kind) {
            case TRAMONTANE, MISTRAL, OPENAI -> body.put("prompt_cache_key", cacheKey);
            case VLLM, SGLANG -> body.put("cache_salt", cacheKey);
            case LLAMA_SERVER -> {}
        }
    }

    /** The path that takes this request. */
    static String path(CompletionRequest request) {
        return switch (request) {
            case ChatCompletionRequest _ -> "/v1/chat/completions";
            case FimRequest _ -> "/v1/fim/completions";
        };
    }

    /**
     * Prompt tokens at most likely: a token has three bytes or more in most languages, and a
     * message and a template a few of their own. Balancing and limits count with it until the
     * engine says the number.
     */
    static int promptTokens(ObjectNode body) {
        int bytes = 0;
        for (String part : new String[] {"messages", "tools", "prompt", "suffix"}) {
            if (body.has(part)) {
                bytes += body.get(part).toString().getBytes(StandardCharsets.UTF_8).length;
            }
        }
        return Math.ceilDiv(bytes, 3) + 16;
    }
}
