package tramontane.backend;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import tramontane.api.ApiException;

/**
 * What a backend makes of a request without answering it.
 *
 * @param prompt as the model would read it, unless that could not be written
 * @param limit most tokens that the answer may have
 * @param shortest tokens of the shortest answer that the request's schema and tools allow; absent
 *     where any answer is allowed
 * @param refusal what the request would be refused with
 */
public record Inspection(
        Optional<Prompt> prompt,
        OptionalInt limit,
        OptionalInt shortest,
        Optional<ApiException> refusal) {

    /**
     * A prompt in parts and in tokens.
     *
     * @param spellings of the tokens, each by itself; a part of a character is a replacement mark
     * @param cached how many tokens at the beginning need not be computed again, where the engine
     *     could say
     */
    public record Prompt(
            List<Part> parts, int[] tokens, List<String> spellings, OptionalInt cached) {}

    /**
     * A stretch of a prompt from one source.
     *
     * @param message of the request that it came from
     * @param tokens that begin in it
     */
    public record Part(Source source, OptionalInt message, String text, int tokens) {}

    /** Who wrote a part of a prompt. */
    public enum Source {
        /** The model's chat template, or the form of a gap. */
        TEMPLATE,
        MESSAGE,
        TOOLS,
        SAFE_PROMPT,
        RESPONSE_FORMAT,
        /** The text before a gap. */
        PROMPT,
        /** The text after a gap. */
        SUFFIX,
        /** The caller, in a form that the template has changed beyond recognition. */
        REQUEST
    }
}
