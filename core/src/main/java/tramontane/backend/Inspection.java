package tramontane.backend;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import tramontane.api.ApiException;

/**
 * The result of inspecting a request without answering it.
 *
 * @param prompt the prompt that the model would read; empty if it could not be rendered
 * @param limit maximum tokens of the answer
 * @param shortest tokens of the shortest answer that the schema and tools allow; empty if the
 *     answer is unconstrained
 * @param refusal the error that the request would be refused with
 */
public record Inspection(
        Optional<Prompt> prompt,
        OptionalInt limit,
        OptionalInt shortest,
        Optional<ApiException> refusal) {

    /**
     * A prompt, split into parts and into tokens.
     *
     * @param spellings each token's text; U+FFFD for a part of a character
     * @param cached number of tokens at the start that are in the prefix cache; empty if the engine
     *     could not tell
     */
    public record Prompt(
            List<Part> parts, int[] tokens, List<String> spellings, OptionalInt cached) {}

    /**
     * A part of a prompt that has one source.
     *
     * @param message index of the message that it came from
     * @param tokens number of tokens that start in it
     */
    public record Part(Source source, OptionalInt message, String text, int tokens) {}

    /** The source of a part of a prompt. */
    public enum Source {
        /** The model's chat template, or the fill-in-the-middle format. */
        TEMPLATE,
        MESSAGE,
        TOOLS,
        SAFE_PROMPT,
        RESPONSE_FORMAT,
        /** The {@code prompt} of a fill-in-the-middle request. */
        PROMPT,
        /** The {@code suffix} of a fill-in-the-middle request. */
        SUFFIX,
        /** The request, in a form that the template has changed beyond recognition. */
        REQUEST
    }
}
