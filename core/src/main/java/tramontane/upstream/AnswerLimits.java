package tramontane.upstream;

import java.util.OptionalInt;
import tramontane.api.CompletionRequest;

/**
 * How much an upstream may send for one answer: as much as its tokens can need, so that a faulty
 * server cannot fill the memory.
 *
 * @param answerBytes of the whole stream
 * @param eventBytes of one event, whose JSON takes up to twenty times its bytes while it is read
 * @param keptChars of text and arguments of one choice, which are kept until they are checked
 */
record AnswerLimits(long answerBytes, long eventBytes, long keptChars) {
    /** For what does not grow with the answer. */
    private static final long BASE_BYTES = 8 << 20;

    private static final long BASE_CHARS = 1 << 16;

    /** The longest tokens of common vocabularies are lines of 128 spaces or hyphens. */
    private static final long MAX_CHARS_OF_TOKEN = 256;

    /** An event with the longest token, escaped, and the fields that engines repeat in each. */
    private static final long MAX_BYTES_OF_TOKEN = 4096;

    /** A token or alternative with its logprob, its text, and its bytes as numbers. */
    private static final long MAX_BYTES_OF_SCORE = 2048;

    /** Events of two requests at a time then fit the heap. */
    private static final long MAX_EVENT_BYTES = Runtime.getRuntime().maxMemory() / 64;

    /** Of a context that is not known. */
    private static final int MAX_CONTEXT = 1 << 20;

    /**
     * @param contextLength of the model; 0 if it is not known
     */
    static AnswerLimits of(CompletionRequest request, int contextLength) {
        long context = contextLength > 0 ? contextLength : MAX_CONTEXT;
        long tokens = Math.min(context, request.length().maxTokens().orElse(Integer.MAX_VALUE));
        var logprobs = request.output().logprobs();
        long prompt = context * scores(logprobs.prompt());
        long answer = tokens * (MAX_BYTES_OF_TOKEN + scores(logprobs.answer()));
        return new AnswerLimits(
                BASE_BYTES + request.length().n() * (prompt + answer),
                Math.min(BASE_BYTES + prompt, Math.max(BASE_BYTES, MAX_EVENT_BYTES)),
                BASE_CHARS + tokens * MAX_CHARS_OF_TOKEN);
    }

    private static long scores(OptionalInt top) {
        return top.isPresent() ? MAX_BYTES_OF_SCORE * (1 + top.getAsInt()) : 0;
    }
}
