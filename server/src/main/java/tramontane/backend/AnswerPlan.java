package tramontane.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.api.AnswerSchema;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.ToolUse;
import tramontane.chat.dialect.AnswerParser;
import tramontane.chat.dialect.Dialect;
import tramontane.chat.dialect.ThinkingFormat;
import tramontane.grammar.Grammar;
import tramontane.grammar.JsonSchema;

/**
 * What the answer to a request may be, and how it is to be read.
 *
 * <pre>
 * answer   = [thoughts] (prose | JSON | calls | prose, then calls)
 * thoughts = mark, prose of at most so many tokens, mark
 * </pre>
 *
 * <p>Stop strings end prose. JSON under a schema and calls end by themselves: cut at a stop string
 * they would be neither.
 */
final class AnswerPlan {
    /** Whether the model thinks before it answers. */
    enum Thoughts {
        NEVER,
        /** The model decides. */
        PERHAPS,
        ALWAYS,
        /** The prompt has begun them. */
        BEGUN
    }

    private final Dialect dialect;
    private final ChatCompletionRequest request;
    private final Thoughts thoughts;
    private final ToolGrammar calls;

    AnswerPlan(Dialect dialect, ChatCompletionRequest request, Thoughts thoughts) {
        this.dialect = dialect;
        this.request = request;
        this.thoughts = dialect.thinking().isPresent() ? thoughts : Thoughts.NEVER;
        this.calls = new ToolGrammar(dialect.tools());
    }

    /**
     * What may be written after the thoughts; nothing where anything may be and nothing is read.
     */
    Optional<Grammar> answer() {
        boolean free =
                dialect.thinking().isEmpty()
                        && tools().offers().isEmpty()
                        && request.prompting().schema().isEmpty();
        return free ? Optional.empty() : Optional.of(rest(List.of()));
    }

    /**
     * The same with the thoughts in front.
     *
     * @param thoughtTokensMax most tokens of thinking, at least 1
     */
    Optional<Grammar> whole(int thoughtTokensMax) {
        Optional<Grammar> answer = answer();
        if (answer.isEmpty() || thoughts == Thoughts.NEVER) {
            return answer;
        }
        ThinkingFormat format = dialect.thinking().orElseThrow();
        Grammar begin = ToolGrammar.mark(format.begin());
        Grammar thinking = thinking(format, answer.get(), thoughtTokensMax);
        return Optional.of(
                switch (thoughts) {
                    case NEVER -> answer.get();
                    case BEGUN -> thinking;
                    case ALWAYS -> ToolGrammar.sequence(begin, thinking);
                    case PERHAPS ->
                            answer.get() instanceof Grammar.Prose
                                    ? rest(List.of(new Grammar.Branch(begin, thinking)))
                                    : new Grammar.Choice(
                                            List.of(
                                                    ToolGrammar.sequence(begin, thinking),
                                                    answer.get()));
                });
    }

    private static Grammar thinking(ThinkingFormat format, Grammar answer, int tokensMax) {
        boolean gap = format.onOwnLines() && !(answer instanceof Grammar.Prose);
        Grammar then = gap ? ToolGrammar.sequence(new Grammar.Text("\n\n"), answer) : answer;
        return new Grammar.Prose(
                List.of(new Grammar.Branch(ToolGrammar.mark(format.end()), then)),
                false,
                tokensMax);
    }

    /** Prose may go over into {@code more}; what is no prose does not. */
    private Grammar rest(List<Grammar.Branch> more) {
        List<Grammar> options = new ArrayList<>();
        request.prompting()
                .schema()
                .filter(schema -> !tools().mustCall())
                .ifPresent(schema -> options.add(json(schema)));
        List<Grammar.Branch> marked = new ArrayList<>(more);
        List<Grammar.Branch> starts =
                mayCall() ? calls.branches(tools().callable(), callsMax()) : List.of();
        if (options.isEmpty() && !tools().mustCall()) {
            marked.addAll(starts);
            return prose(marked);
        }
        starts.forEach(start -> options.add(ToolGrammar.sequence(start.mark(), start.then())));
        return options.size() == 1 ? options.getFirst() : new Grammar.Choice(options);
    }

    private Grammar prose(List<Grammar.Branch> marked) {
        if (mayCall()) {
            return calls.prose(tools().callable(), marked, callsMax());
        }
        return ToolGrammar.proseWithoutCalls(tools().offers(), marked);
    }

    /**
     * JSON under a schema of the caller's own is what the schema says. JSON mode promises no more
     * than an object, and there an object that is a call is a call.
     */
    private Grammar json(AnswerSchema schema) {
        Grammar json = new Grammar.Json(schema.schema());
        boolean anyObject = schema.shown().isEmpty() && request.prefix().isEmpty();
        return anyObject && !tools().offers().isEmpty()
                ? ToolGrammar.guarded(
                        json, mayCall() ? tools().callable() : tools().offers(), mayCall())
                : json;
    }

    /** JSON that the caller began goes on as JSON. */
    private boolean mayCall() {
        boolean begunJson = request.prompting().schema().isPresent() && !request.prefix().isEmpty();
        return tools().mayCall() && !begunJson;
    }

    private int callsMax() {
        return tools().parallel() ? dialect.callsMax() : 1;
    }

    private ToolUse tools() {
        return request.prompting().tools();
    }

    private AnswerParser parser(ArgumentCheck check) {
        boolean json = request.prompting().schema().isPresent();
        Optional<AnswerParser.Thoughts> expected =
                dialect.thinking()
                        .filter(format -> thoughts != Thoughts.NEVER)
                        .map(format ->
                                new AnswerParser.Thoughts(format, thoughts == Thoughts.BEGUN));
        return new AnswerParser(
                expected,
                mayCall() || bare(check).callsMax() > 0
                        ? Optional.of(
                                new AnswerParser.Calls(
                                        dialect.tools(),
                                        mayCall(),
                                        offers().stream()
                                                .map(offer -> offer.tool().name())
                                                .toList(),
                                        json || tools().mustCall(),
                                        bare(check)))
                        : Optional.empty());
    }

    private List<ToolUse.Offer> offers() {
        return mayCall() ? tools().callable() : tools().offers();
    }

    /** How calls without marks are read: not behind a prefix, nor under a schema. */
    private AnswerParser.Bare bare(ArgumentCheck check) {
        boolean schema = request.prompting().schema().flatMap(AnswerSchema::shown).isPresent();
        if (offers().isEmpty() || schema || !request.prefix().isEmpty() || tools().mustCall()) {
            return AnswerParser.Bare.TEXT;
        }
        return new AnswerParser.Bare(
                mayCall() ? callsMax() : dialect.callsMax(),
                call ->
                        !mayCall()
                                || offers().stream()
                                        .filter(offer -> offer.tool().name().equals(call.name()))
                                        .allMatch(offer ->
                                                check.fits(offer.arguments(), call.arguments())),
                mayCall());
    }

    /** Tells whether a call's arguments, as JSON text, are a value of their schema. */
    @FunctionalInterface
    interface ArgumentCheck {
        boolean fits(JsonSchema schema, String json);
    }

    /**
     * The strings of the request end the text where that is prose. The tokens of thinking are told
     * of models that think.
     */
    Reading reading(ArgumentCheck check) {
        boolean json = request.prompting().schema().isPresent();
        return new Reading(
                () -> parser(check),
                json ? List.of() : request.length().stop(),
                dialect.thinking().isPresent());
    }
}
