package tramontane.api;

import static tramontane.api.OpenAiField.ignored;
import static tramontane.api.OpenAiField.refused;
import static tramontane.api.OpenAiField.same;
import static tramontane.api.OpenAiField.translated;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import tramontane.api.OpenAiField.Treatment;

/**
 * The fields of OpenAI's Chat Completions API, and what becomes of them under {@link
 * FieldSet#WITH_OPENAI}. docs/OPENAI.md has the same tables, and a test compares them.
 *
 * <p>Without that, OpenAI's own fields are refused, and the error says what to send instead.
 */
final class OpenAiFields {
    /** Appended to the error about a field that the switch would accept. */
    static final String SWITCH =
            ", or serve with --openai-fields, or use a key made with keys create --openai-fields";

    private static final String NO_EQUIVALENT = "leave it out: Mistral's API has no such field";
    private static final String THINKING = "use a content chunk of type thinking";

    /** Fields of a request. */
    static final List<OpenAiField> BODY =
            List.of(
                    same("model", "the name of a served model or an alias"),
                    same("messages", "see Messages"),
                    same("temperature", "0 to 1.5; absent, the model's default"),
                    same("top_p", "1 if `temperature` is 0"),
                    same("max_tokens", "thinking counts; absent, what the context leaves"),
                    same("stop", "up to 64 strings"),
                    same("n", "1 to 16"),
                    same("presence_penalty", "-2 to 2"),
                    same("frequency_penalty", "-2 to 2"),
                    same("logprobs", "`token_id` is added to each token"),
                    same("top_logprobs", "0 to 20; needs `logprobs`"),
                    same("tools", "see Tools and formats"),
                    same("tool_choice", "see Tools and formats"),
                    same("parallel_tool_calls", "false ends the answer after one call"),
                    same("response_format", "see Tools and formats"),
                    same("prediction", "a speed hint; a list of text parts is joined to one text"),
                    same("reasoning_effort", "other than none only for models that think"),
                    same("prompt_cache_key", "requests with one key share cached prefixes"),
                    same("metadata", "belongs to the client; not part of the prompt"),
                    same("stream", "see Answers"),
                    translated(
                            "max_completion_tokens",
                            "`max_tokens`; if both are given, the smaller holds",
                            "use max_tokens"),
                    translated(
                            "seed",
                            "`random_seed`, 0 to 2^63 - 1; the same seed gives the same answer",
                            "use random_seed"),
                    translated(
                            "stream_options",
                            "see Answers; only with `stream: true`",
                            "leave it out: the last chunk always has the usage"),
                    translated(
                            "ignore_eos",
                            "of vLLM: true is `min_tokens` equal to `max_tokens`, which must be given; not with `stop`",
                            "use min_tokens"),
                    ignored("user", "names an end user to OpenAI", "leave it out, or use metadata"),
                    ignored(
                            "safety_identifier",
                            "names an end user to OpenAI",
                            "leave it out, or use metadata"),
                    ignored(
                            "store",
                            "asks OpenAI to keep the answer for its other products; what is kept here is the operator's choice",
                            NO_EQUIVALENT),
                    ignored("service_tier", "there is one tier", "leave it out, or use \"auto\""),
                    ignored(
                            "prompt_cache_retention",
                            "speed only; cached prefixes stay until their memory is needed",
                            NO_EQUIVALENT),
                    ignored(
                            "prompt_cache_options",
                            "speed only; cached prefixes stay until their memory is needed",
                            NO_EQUIVALENT),
                    refused(
                            "logit_bias",
                            "token ids are those of one tokenizer, and clients take them from OpenAI's; `{}` is accepted",
                            NO_EQUIVALENT,
                            "{}"),
                    refused(
                            "modalities",
                            "answers are text; `[\"text\"]` is accepted",
                            NO_EQUIVALENT,
                            "[\"text\"]"),
                    refused("audio", "answers are text", NO_EQUIVALENT),
                    refused(
                            "verbosity",
                            "the models were not trained for it; `\"medium\"`, the default, is accepted",
                            NO_EQUIVALENT,
                            "\"medium\""),
                    refused("web_search_options", "nothing is searched", NO_EQUIVALENT),
                    refused("moderation", "no moderation model is served", NO_EQUIVALENT),
                    refused(
                            "functions",
                            "deprecated: use `tools`; `[]` is accepted",
                            "use tools",
                            "[]"),
                    refused("function_call", "deprecated: use `tool_choice`", "use tool_choice"));

    /** Fields of a message. */
    static final List<OpenAiField> MESSAGE =
            List.of(
                    same("role", "`developer` is `system`; `function` is refused: use `tool`"),
                    same("content", "a string or a list of text parts; see below for other parts"),
                    same("tool_calls", "functions only"),
                    same("tool_call_id", ""),
                    translated(
                            "reasoning_content",
                            "a thinking chunk before the content, as the model wrote it",
                            THINKING),
                    translated("reasoning", "another name of `reasoning_content`", THINKING),
                    ignored(
                            "name",
                            "no template shows it; put names that matter into the text. A tool message's is Mistral's own",
                            NO_EQUIVALENT),
                    ignored(
                            "annotations",
                            "describe an earlier answer and were never part of a prompt",
                            NO_EQUIVALENT),
                    refused(
                            "refusal",
                            "put its text into `content`; null is accepted",
                            NO_EQUIVALENT,
                            "\"\""),
                    refused("audio", "messages are text; null is accepted", NO_EQUIVALENT),
                    refused(
                            "function_call",
                            "deprecated: use `tool_calls`; null is accepted",
                            "use tool_calls"));

    /** Fields of {@code stream_options}. */
    static final List<OpenAiField> STREAM_OPTIONS =
            List.of(
                    translated(
                            "include_usage",
                            "true: the usage comes in a last chunk without choices, and is null in all others; false: no usage",
                            ""),
                    translated(
                            "continuous_usage_stats",
                            "of vLLM: with `include_usage`, every chunk has the usage so far",
                            ""),
                    refused(
                            "include_obfuscation",
                            "chunks are not padded to hide their length; false is accepted",
                            "",
                            "false"));

    /** Fields of a request for embeddings. */
    static final List<OpenAiField> EMBEDDINGS =
            List.of(
                    same("model", "the name of a served embedding model or an alias"),
                    same("input", "a text or a list of texts; lists of token ids are refused"),
                    same("encoding_format", "`float` or `base64`, the clients' own default"),
                    translated("dimensions", "`output_dimension`", "use output_dimension"),
                    ignored(
                            "user",
                            "names an end user to OpenAI",
                            "leave it out, or use metadata"));

    /** Fields of other APIs of OpenAI, and of its clients. They are never accepted. */
    private static final Map<String, String> ELSEWHERE =
            Map.of(
                    "max_output_tokens", "use max_tokens",
                    "reasoning", "use reasoning_effort",
                    "input", "use messages",
                    "instructions", "use a system message",
                    "extra_body", "put its fields into the body itself");

    private OpenAiFields() {}

    /**
     * Text to append to "Extra inputs are not permitted"; empty for an unknown field.
     *
     * @param loc path to the object that has the field
     * @param remedy {@link #SWITCH}, or empty where the switch would not help
     */
    static String hint(List<Object> loc, String name, String remedy) {
        boolean inBody = loc.size() == 1;
        boolean inMessage = loc.size() == 4 && loc.get(1).equals("messages");
        Stream<OpenAiField> known =
                inBody
                        ? Stream.concat(BODY.stream(), EMBEDDINGS.stream())
                        : inMessage ? MESSAGE.stream() : Stream.empty();
        Optional<String> instead =
                known.filter(field -> field.name().equals(name) && !field.is(Treatment.SAME))
                        .findFirst()
                        .map(field -> field.instead() + (field.is(Treatment.REFUSED) ? "" : remedy))
                        .or(() ->
                                inBody
                                        ? Optional.ofNullable(ELSEWHERE.get(name))
                                        : Optional.empty());
        return instead.map(text -> ": " + name + " is a field of OpenAI's API; " + text).orElse("");
    }

    /** Text to append for a role that Mistral's API lacks. */
    static String roleHint(String role, String remedy) {
        return switch (role) {
            case "developer" -> ": role 'developer' is OpenAI's; use 'system'" + remedy;
            case "function" -> ": role 'function' is OpenAI's; use 'tool'";
            default -> "";
        };
    }
}
