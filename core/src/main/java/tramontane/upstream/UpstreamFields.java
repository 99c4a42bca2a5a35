package tramontane.upstream;

import static tramontane.upstream.Treatment.HERE;
import static tramontane.upstream.Treatment.IGNORED;
import static tramontane.upstream.Treatment.REFUSED;
import static tramontane.upstream.Treatment.SENT;
import static tramontane.upstream.Treatment.TRANSLATED;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.ChatCompletionRequest.PromptMode;
import tramontane.api.ChatCompletionRequest.Prompting;
import tramontane.api.CompletionRequest;
import tramontane.api.FimRequest;
import tramontane.api.ToolUse;
import tramontane.chat.Chunk;

/**
 * The table of docs/UPSTREAMS.md: what becomes of each field of a request, for each engine. A test
 * holds the page to it, and another one the bodies that are sent.
 */
final class UpstreamFields {
    private static final List<FieldRule> TABLE = new ArrayList<>();

    static {
        // The columns are tramontane, mistral, vllm, sglang, llama-server, openai.
        any(
                "model",
                of(TRANSLATED, TRANSLATED, TRANSLATED, TRANSLATED, TRANSLATED, TRANSLATED),
                "the model's name at the upstream");
        any(
                "messages",
                of(SENT, SENT, TRANSLATED, TRANSLATED, TRANSLATED, TRANSLATED),
                "text chunks are joined to a string");
        rule(
                "messages.content: thinking",
                UpstreamFields::hasThinking,
                of(SENT, SENT, TRANSLATED, TRANSLATED, TRANSLATED, REFUSED),
                "`reasoning_content` beside the content; OpenAI's API takes no thinking");
        rule(
                "messages.content: image_url",
                request -> !images(request).isEmpty(),
                of(SENT, SENT, TRANSLATED, TRANSLATED, TRANSLATED, TRANSLATED),
                "as an object with `url`; the model there must read images");
        rule(
                "messages.content: image_url that is no data URL",
                request -> images(request).stream().anyMatch(UpstreamFields::isFetched),
                of(SENT, SENT, REFUSED, REFUSED, REFUSED, SENT),
                "the engine would fetch any address, also of its own network: send a data URL");
        rule(
                "messages.prefix",
                request -> !request.prefix().isEmpty(),
                of(SENT, SENT, TRANSLATED, TRANSLATED, TRANSLATED, REFUSED),
                "`continue_final_message`; OpenAI's API continues none");
        any(
                "temperature",
                of(SENT, SENT, SENT, SENT, SENT, SENT),
                "always sent; absent, the card's default");
        any("top_p", of(SENT, SENT, SENT, SENT, SENT, SENT), "always sent");
        rule(
                "top_k",
                request -> request.sampling().topK() > 0,
                of(SENT, SENT, TRANSLATED, TRANSLATED, SENT, REFUSED),
                "always sent, none as -1, except to mistral; OpenAI's API has none");
        rule(
                "presence_penalty",
                request -> request.sampling().penalties().presence() != 0,
                of(SENT, SENT, SENT, SENT, REFUSED, SENT),
                "always sent; llama-server would count the prompt too");
        rule(
                "frequency_penalty",
                request -> request.sampling().penalties().frequency() != 0,
                of(SENT, SENT, SENT, SENT, REFUSED, SENT),
                "always sent; llama-server would count the prompt too");
        rule(
                "repetition_penalty",
                request -> request.sampling().penalties().repetition() != 1,
                of(SENT, SENT, SENT, SENT, TRANSLATED, REFUSED),
                "always sent, except to mistral; `repeat_penalty` over the whole context; OpenAI's API has none");
        any(
                "random_seed",
                of(SENT, SENT, TRANSLATED, TRANSLATED, TRANSLATED, TRANSLATED),
                "`seed`, always sent; 31 bits of it to llama-server. Whether a seed repeats an answer is the engine's promise");
        rule(
                "max_tokens",
                request -> request.length().maxTokens().filter(max -> max > 0).isPresent(),
                of(SENT, SENT, SENT, SENT, SENT, TRANSLATED),
                "`max_completion_tokens`");
        rule(
                "max_tokens: 0",
                request -> request.length().maxTokens().filter(max -> max == 0).isPresent(),
                of(SENT, REFUSED, REFUSED, REFUSED, REFUSED, REFUSED),
                "an answer of 0 tokens needs a count of the prompt");
        rule(
                "min_tokens",
                request -> request.length().minTokens() > 0,
                of(SENT, SENT, SENT, SENT, REFUSED, REFUSED),
                "the engine has no such limit");
        rule(
                "stop",
                request -> !request.length().stop().isEmpty() && !UpstreamFields.fivePlus(request),
                of(SENT, SENT, SENT, SENT, SENT, SENT),
                "not sent where the answer must be JSON, which is never cut");
        rule(
                "stop: more than four",
                UpstreamFields::fivePlus,
                of(SENT, SENT, SENT, SENT, SENT, REFUSED),
                "OpenAI's API takes four");
        rule(
                "n",
                request -> request.length().n() > 1,
                of(SENT, SENT, SENT, SENT, REFUSED, SENT),
                "the engine writes one choice");
        rule(
                "logprobs",
                request -> request.output().logprobs().answer().isPresent(),
                of(SENT, SENT, SENT, SENT, SENT, SENT),
                "an answer without them is an error; tokens of calls may be missing. `token_id` is -1 where the engine"
                        + " does not say it");
        rule(
                "logprobs: with tools",
                request ->
                        request.output().logprobs().answer().isPresent()
                                && request instanceof ChatCompletionRequest chat
                                && !chat.prompting().tools().offers().isEmpty(),
                of(SENT, SENT, SENT, SENT, REFUSED, SENT),
                "the engine has none in a streamed answer with tools");
        rule(
                "top_logprobs",
                request -> request.output().logprobs().answer().orElse(0) > 0,
                of(SENT, SENT, TRANSLATED, SENT, SENT, SENT),
                "one more is asked of vLLM, whose list has the token itself too");
        rule(
                "prompt_logprobs",
                request -> request.output().logprobs().prompt().isPresent(),
                of(SENT, SENT, REFUSED, REFUSED, REFUSED, REFUSED),
                "with `top_prompt_logprobs`; the engine has none in a streamed answer");
        chat(
                "tools",
                each -> !each.tools().offers().isEmpty(),
                of(SENT, SENT, SENT, SENT, SENT, SENT),
                "the arguments of calls are checked here");
        chat(
                "tool_choice",
                each ->
                        !each.tools().offers().isEmpty()
                                && each.tools().choice() != ToolUse.Choice.AUTO,
                of(SENT, SENT, TRANSLATED, TRANSLATED, TRANSLATED, TRANSLATED),
                "`any` is `required`; an answer without the call is an error");
        chat(
                "parallel_tool_calls",
                each -> !each.tools().offers().isEmpty() && !each.tools().parallel(),
                of(SENT, SENT, HERE, HERE, HERE, SENT),
                "calls after the first are left out");
        chat(
                "response_format",
                each -> each.schema().isPresent(),
                of(SENT, SENT, SENT, SENT, SENT, SENT),
                "always `strict`; the answer is checked here");
        rule(
                "prediction",
                request -> !request.hints().prediction().isEmpty(),
                of(SENT, SENT, IGNORED, IGNORED, IGNORED, SENT),
                "");
        chat(
                "safe_prompt",
                Prompting::safe,
                of(SENT, SENT, HERE, HERE, HERE, HERE),
                "the text is put in front of the messages");
        chat(
                "prompt_mode",
                each -> each.mode() == PromptMode.REASONING,
                of(SENT, SENT, REFUSED, REFUSED, REFUSED, REFUSED),
                "how a model is made to think is not known here");
        chat(
                "prompt_mode: null",
                each -> each.mode() == PromptMode.NONE,
                of(SENT, SENT, TRANSLATED, TRANSLATED, TRANSLATED, REFUSED),
                "`chat_template_kwargs.enable_thinking` false; OpenAI's API has no such switch");
        chat(
                "reasoning_effort",
                each ->
                        each.effort().filter(ChatCompletionRequest.Effort.NONE::equals).isEmpty()
                                && each.effort().isPresent(),
                of(SENT, SENT, REFUSED, REFUSED, REFUSED, REFUSED),
                "how a model is made to think is not known here");
        chat(
                "reasoning_effort: none",
                each -> each.effort().filter(ChatCompletionRequest.Effort.NONE::equals).isPresent(),
                of(SENT, SENT, TRANSLATED, TRANSLATED, TRANSLATED, REFUSED),
                "`chat_template_kwargs.enable_thinking` false; OpenAI's API has no such switch");
        any(
                "prompt_cache_key",
                of(TRANSLATED, TRANSLATED, TRANSLATED, TRANSLATED, IGNORED, TRANSLATED),
                "a hash of it and of the caller, so that callers do not share prefixes; `cache_salt` for vLLM and SGLang");
        rule(
                "suffix",
                FimRequest.class::isInstance,
                of(SENT, SENT, REFUSED, REFUSED, REFUSED, REFUSED),
                "`/v1/fim/completions`, if the model's card there allows it; the engine has no such endpoint");
    }

    private UpstreamFields() {}

    static List<FieldRule> table() {
        return List.copyOf(TABLE);
    }

    /**
     * @throws ApiException if the request asks for something that is refused for this engine
     */
    static void check(CompletionRequest request, UpstreamModel model) throws ApiException {
        for (FieldRule rule : TABLE) {
            if (rule.treatment(model.kind()) == REFUSED && rule.asked().test(request)) {
                throw ApiException.notSupported(
                        rule.parameter(),
                        rule.field()
                                + " is not supported for model "
                                + model.name()
                                + ", which runs on "
                                + model.kind().wireName()
                                + ": "
                                + rule.reason());
            }
        }
    }

    private static boolean fivePlus(CompletionRequest request) {
        return request.length().stop().size() > 4;
    }

    private static boolean hasThinking(CompletionRequest request) {
        return request instanceof ChatCompletionRequest chat
                && chat.messages().stream().anyMatch(message -> !message.thinking().isEmpty());
    }

    private static List<Chunk.Image> images(CompletionRequest request) {
        return request instanceof ChatCompletionRequest chat ? chat.images() : List.of();
    }

    private static boolean isFetched(Chunk.Image image) {
        return !image.url().regionMatches(true, 0, "data:", 0, "data:".length());
    }

    private static void any(String field, List<Treatment> treatments, String remark) {
        rule(field, _ -> true, treatments, remark);
    }

    private static void chat(
            String field, Predicate<Prompting> asked, List<Treatment> treatments, String remark) {
        rule(
                field,
                request ->
                        request instanceof ChatCompletionRequest chat
                                && asked.test(chat.prompting()),
                treatments,
                remark);
    }

    private static void rule(
            String field,
            Predicate<CompletionRequest> asked,
            List<Treatment> treatments,
            String remark) {
        TABLE.add(new FieldRule(field, asked, treatments, remark));
    }

    private static List<Treatment> of(Treatment... each) {
        return List.of(each);
    }
}
