package tramontane.backend;

import java.time.Duration;
import java.util.Optional;
import tramontane.api.ApiException;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.ChatCompletionRequest.Effort;
import tramontane.api.ErrorCode;
import tramontane.grammar.Constraint;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;
import tramontane.grammar.parser.GrammarCompiler;
import tramontane.token.Tokenizer;

/** Creates the constraints of requests for one model's vocabulary. */
final class Constraints {
    /** Thinking may use three quarters of the tokens that the shortest answer leaves. */
    private static final int THINKING_SHARE = 3;

    private static final int LIMIT_SHARES = 4;

    /**
     * From a load until the compiler is made in the background: before that, the start of the
     * server and its first request need the processor more.
     */
    private static final Duration DELAY = Duration.ofSeconds(2);

    private final Tokenizer tokenizer;

    /** Empty until it is made. Only {@link #compiler()} uses it. */
    private Optional<GrammarCompiler> made = Optional.empty();

    Constraints(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        Thread.ofVirtual().name("tramontane-grammar").start(this::makeLater);
    }

    private void makeLater() {
        try {
            Thread.sleep(DELAY);
            compiler();
        } catch (InterruptedException e) {
            // Nobody interrupts this thread; the first request makes it.
            Thread.currentThread().interrupt();
        }
    }

    /** Makes it in the background, or for the first request that needs it if that comes earlier. */
    private synchronized GrammarCompiler compiler() {
        GrammarCompiler compiler = made.orElseGet(() -> new GrammarCompiler(tokenizer));
        made = Optional.of(compiler);
        return compiler;
    }

    /**
     * The constraint at the start of the answer, after the request's prefix; empty if the answer is
     * unconstrained.
     *
     * @param limit maximum tokens of the answer
     */
    Optional<Constraint> begin(AnswerPlan plan, ChatCompletionRequest request, int limit)
            throws ApiException {
        if (request.prompting().tools().mustCall() && !request.prefix().isEmpty()) {
            // The answer would start with the prefix as text, and calls are no text.
            throw notBegunBy();
        }
        Optional<Grammar> answer = plan.answer();
        if (answer.isEmpty()) {
            return Optional.empty();
        }
        GrammarCompiler ready = compiler();
        int needed = ready.compile(answer.get()).closing().length;
        int thoughts = thoughtTokens(request.prompting().effort(), limit - needed);
        Constraint whole = ready.compile(plan.whole(thoughts).orElseThrow());
        Constraint begun = behindPrefix(whole, request.prefix());
        int shortest = begun.closing().length;
        if (shortest > limit && needed == 0) {
            // Only thinking exceeds the limit, and thinking may be truncated.
            return Optional.empty();
        }
        if (shortest > limit) {
            boolean limited = request.length().maxTokens().isPresent();
            throw new ApiException(
                    ErrorCode.BAD_REQUEST,
                    (limited ? "max_tokens leaves " : "The prompt leaves of the model's context ")
                            + limit
                            + " tokens, and the shortest answer that response_format, tool_choice and"
                            + " reasoning allow takes "
                            + shortest,
                    limited ? "max_tokens" : "messages");
        }
        return Optional.of(begun);
    }

    /**
     * Whether a text is valid JSON under a schema, with properties in any order and any white
     * space.
     */
    boolean fits(JsonSchema schema, String json) {
        Constraint at = compiler().reading(new Grammar.Json(schema));
        for (int token : tokenizer.encode(json)) {
            if (!at.allows(token)) {
                return false;
            }
            at = at.after(token);
        }
        return at.mayEnd();
    }

    private static int thoughtTokens(Optional<Effort> effort, int left) {
        int wanted =
                switch (effort.orElse(Effort.HIGH)) {
                    case NONE, MINIMAL -> 512;
                    case LOW -> 2_048;
                    case MEDIUM -> 8_192;
                    case HIGH -> 32_768;
                    case XHIGH, MAX -> Integer.MAX_VALUE;
                };
        return Math.max(1, Math.min(wanted, left / LIMIT_SHARES * THINKING_SHARE));
    }

    private Constraint behindPrefix(Constraint start, String prefix) throws ApiException {
        Constraint at = start;
        for (int token : tokenizer.encode(prefix)) {
            if (!at.allows(token) || tokenizer.isEndOfGeneration(token)) {
                throw notBegunBy();
            }
            at = at.after(token);
        }
        return at;
    }

    private static ApiException notBegunBy() {
        return new ApiException(
                ErrorCode.BAD_REQUEST,
                "The prefix does not begin an answer that response_format and tool_choice allow.",
                "messages");
    }
}
