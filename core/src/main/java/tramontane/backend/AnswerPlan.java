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
 * The grammar of the answer to a request, and the matching parser.
 *
 * <pre>
 * answer   = [thinking] (prose | JSON | fenced | calls | prose, then calls)
 * thinking = mark, prose with a maximum number of tokens, mark
 * fenced   = "```json", line break, JSON, line break, "```"; the client gets the JSON alone
 * </pre>
 *
 * <p>Stop strings apply to prose only: JSON and calls cut at a stop string would be invalid.
 */
final class AnswerPlan {
    /** Whether the model thinks before it answers. */
    enum Thinking {
        NEVER,
        /** The model decides. */
        OPTIONAL,
        ALWAYS,
        /** The prompt ends within thinking. */
        STARTED
    }

    private static final Grammar FENCE =
            new Grammar.Choice(List.of(new Grammar.Text("```json\n"), new Grammar.Text("```\n")));
    private static final Grammar FENCE_END = new Grammar.Text("\n```");

    private final Dialect dialect;
    private final ChatCompletionRequest request;
    private final Thinking thinking;
    private final ToolGrammar calls;

    AnswerPlan(Dialect dialect, ChatCompletionRequest request, Thinking thinking) {
        this.dialect = dialect;
        this.request = request;
        this.thinking = dialect.thinking().isPresent() ? thinking : Thinking.NEVER;
        this.calls = new ToolGrammar(dialect.tools());
    }

    /**
     * The grammar of the answer after any thinking; empty if the answer is unconstrained and needs
     * no parsing.
     */
    Optional<Grammar> answer() {
        boolean free =
                dialect.thinking().isEmpty()
                        && tools().offers().isEmpty()
                        && request.prompting().schema().isEmpty();
        return free ? Optional.empty() : Optional.of(rest(List.of()));
    }

    /**
     * The grammar of the whole answer, with thinking before it.
     *
     * @param maxThinkingTokens maximum tokens of thinking, at least 1
     */
    Optional<Grammar> whole(int maxThinkingTokens) {
        Optional<Grammar> answer = answer();
        if (answer.isEmpty() || thinking == Thinking.NEVER) {
            return answer;
        }
        ThinkingFormat format = dialect.thinking().orElseThrow();
        Grammar begin = ToolGrammar.mark(format.begin());
        Grammar opened = thinking(format, answer.get(), maxThinkingTokens);
        return Optional.of(
                switch (thinking) {
                    case NEVER -> answer.get();
                    case STARTED -> opened;
                    case ALWAYS -> ToolGrammar.sequence(begin, opened);
                    case OPTIONAL ->
                            answer.get() instanceof Grammar.Prose
                                    ? rest(List.of(new Grammar.Branch(begin, opened)))
                                    : new Grammar.Choice(
                                            List.of(
                                                    ToolGrammar.sequence(begin, opened),
                                                    answer.get()));
                });
    }

    private static Grammar thinking(ThinkingFormat format, Grammar answer, int maxTokens) {
        boolean gap = format.onOwnLines() && !(answer instanceof Grammar.Prose);
        Grammar then = gap ? ToolGrammar.sequence(new Grammar.Text("\n\n"), answer) : answer;
        return new Grammar.Prose(
                List.of(new Grammar.Branch(ToolGrammar.mark(format.end()), then)),
                false,
                maxTokens);
    }

    /**
     * The answer after thinking. Prose may be followed by a mark of {@code more}; JSON and calls
     * may not.
     */
    private Grammar rest(List<Grammar.Branch> more) {
        List<Grammar> options = new ArrayList<>();
        request.prompting()
                .schema()
                .filter(schema -> !tools().mustCall())
                .ifPresent(schema -> {
                    Grammar json = json(schema);
                    options.add(json);
                    if (mayBeFenced()) {
                        options.add(ToolGrammar.sequence(FENCE, json, FENCE_END));
                    }
                });
        List<Grammar.Branch> marked = new ArrayList<>(more);
        List<Grammar.Branch> starts =
                mayCall() ? calls.branches(tools().callable(), maxCalls()) : List.of();
        if (options.isEmpty() && !tools().mustCall()) {
            marked.addAll(starts);
            return prose(marked);
        }
        starts.forEach(start -> options.add(ToolGrammar.sequence(start.mark(), start.then())));
        return options.size() == 1 ? options.getFirst() : new Grammar.Choice(options);
    }

    private Grammar prose(List<Grammar.Branch> marked) {
        if (mayCall()) {
            return calls.prose(tools().callable(), marked, maxCalls());
        }
        return ToolGrammar.proseWithoutCalls(tools().offers(), marked);
    }

    /**
     * The grammar of JSON. A schema of the client's own is enforced as it is. In JSON mode with
     * tools, an object that has the form of a call is parsed as one.
     */
    private Grammar json(AnswerSchema schema) {
        Grammar json = new Grammar.Json(schema.schema());
        boolean anyObject = schema.shown().isEmpty() && request.prefix().isEmpty();
        return anyObject && !tools().offers().isEmpty()
                ? ToolGrammar.guarded(
                        json, mayCall() ? tools().callable() : tools().offers(), mayCall())
                : json;
    }

    /** A prefix decides how the answer starts, so a fence is possible only without one. */
    private boolean mayBeFenced() {
        return request.prompting().schema().isPresent()
                && !tools().mustCall()
                && request.prefix().isEmpty();
    }

    /** An answer that continues a prefix in JSON cannot be a call. */
    private boolean mayCall() {
        boolean begunJson = request.prompting().schema().isPresent() && !request.prefix().isEmpty();
        return tools().mayCall() && !begunJson;
    }

    private int maxCalls() {
        return tools().parallel() ? dialect.maxCalls() : 1;
    }

    private ToolUse tools() {
        return request.prompting().tools();
    }

    private AnswerParser parser(ArgumentCheck check) {
        boolean json = request.prompting().schema().isPresent();
        Optional<AnswerParser.Thinking> expected =
                dialect.thinking()
                        .filter(format -> thinking != Thinking.NEVER)
                        .map(format ->
                                new AnswerParser.Thinking(format, thinking == Thinking.STARTED));
        return new AnswerParser(
                expected,
                mayCall() || bare(check).maxCalls() > 0
                        ? Optional.of(
                                new AnswerParser.Calls(
                                        dialect.tools(),
                                        mayCall(),
                                        offers().stream()
                                                .map(offer -> offer.tool().name())
                                                .toList(),
                                        json || tools().mustCall(),
                                        bare(check)))
                        : Optional.empty(),
                mayBeFenced());
    }

    private List<ToolUse.Offer> offers() {
        return mayCall() ? tools().callable() : tools().offers();
    }

    /** How calls without marks are parsed. After a prefix or under a schema they are text. */
    private AnswerParser.Bare bare(ArgumentCheck check) {
        boolean schema = request.prompting().schema().flatMap(AnswerSchema::shown).isPresent();
        if (offers().isEmpty() || schema || !request.prefix().isEmpty() || tools().mustCall()) {
            return AnswerParser.Bare.TEXT;
        }
        return new AnswerParser.Bare(
                mayCall() ? maxCalls() : dialect.maxCalls(),
                call ->
                        !mayCall()
                                || offers().stream()
                                        .filter(offer -> offer.tool().name().equals(call.name()))
                                        .allMatch(offer ->
                                                check.fits(offer.arguments(), call.arguments())),
                mayCall());
    }

    /** Checks whether a call's arguments, as JSON text, are valid under their schema. */
    @FunctionalInterface
    interface ArgumentCheck {
        boolean fits(JsonSchema schema, String json);
    }

    /**
     * How to parse the answer. Stop strings apply to prose only; thinking tokens are counted only
     * for models that think.
     */
    Reading reading(ArgumentCheck check) {
        boolean json = request.prompting().schema().isPresent();
        return new Reading(
                () -> parser(check),
                json ? List.of() : request.length().stop(),
                dialect.thinking().isPresent());
    }
}
