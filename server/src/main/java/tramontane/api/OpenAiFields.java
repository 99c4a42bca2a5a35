package tramontane.api;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Fields that OpenAI's Chat Completions API has and Mistral's has not. Clients written for the one
 * send them to the other, and "extra inputs are not permitted" does not tell them what to send.
 */
final class OpenAiFields {
    private static final String USAGE = "leave it out: the last chunk always has the usage";
    private static final String NO_EQUIVALENT = "leave it out: Mistral's API has no such field";

    /** For each field of a request's body, what to do instead. */
    private static final Map<String, String> BODY =
            Map.ofEntries(
                    Map.entry("seed", "use random_seed"),
                    Map.entry("max_completion_tokens", "use max_tokens"),
                    Map.entry("max_output_tokens", "use max_tokens"),
                    Map.entry("stream_options", USAGE),
                    Map.entry("functions", "use tools"),
                    Map.entry("function_call", "use tool_choice"),
                    Map.entry("reasoning", "use reasoning_effort"),
                    Map.entry("input", "use messages"),
                    Map.entry("instructions", "use a system message"),
                    Map.entry("extra_body", "put its fields into the body itself"),
                    Map.entry("user", "leave it out, or use metadata"),
                    Map.entry("safety_identifier", "leave it out, or use metadata"),
                    Map.entry("store", NO_EQUIVALENT),
                    Map.entry("logit_bias", NO_EQUIVALENT),
                    Map.entry("modalities", NO_EQUIVALENT),
                    Map.entry("audio", NO_EQUIVALENT),
                    Map.entry("verbosity", NO_EQUIVALENT),
                    Map.entry("web_search_options", NO_EQUIVALENT),
                    Map.entry("prompt_cache_retention", NO_EQUIVALENT));

    /** The same for the fields of a message. */
    private static final Map<String, String> MESSAGE =
            Map.of(
                    "function_call",
                    "use tool_calls",
                    "reasoning_content",
                    "use a content chunk of type thinking",
                    "reasoning",
                    "use a content chunk of type thinking",
                    "name",
                    NO_EQUIVALENT,
                    "refusal",
                    NO_EQUIVALENT,
                    "annotations",
                    NO_EQUIVALENT,
                    "audio",
                    NO_EQUIVALENT);

    private static final Map<String, String> ROLES =
            Map.of("developer", "use 'system'", "function", "use 'tool'");

    private OpenAiFields() {}

    /**
     * What to say of a field that the contract has not, behind "Extra inputs are not permitted".
     *
     * @param loc of the object that holds it
     */
    static String hint(List<Object> loc, String name) {
        boolean inBody = loc.size() == 1;
        boolean inMessage = loc.size() == 4 && loc.get(1).equals("messages");
        Map<String, String> known = inBody ? BODY : inMessage ? MESSAGE : Map.of();
        return Optional.ofNullable(known.get(name))
                .map(instead -> ": " + name + " is a field of OpenAI's API; " + instead)
                .orElse("");
    }

    /** What to say of a role that the contract has not. */
    static String roleHint(String role) {
        return Optional.ofNullable(ROLES.get(role))
                .map(instead -> ": role '" + role + "' is OpenAI's; " + instead)
                .orElse("");
    }
}
