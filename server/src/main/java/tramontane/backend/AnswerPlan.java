package tramontane.backend;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.ToolUse;
import tramontane.chat.dialect.AnswerParser;
import tramontane.chat.dialect.Dialect;
import tramontane.chat.dialect.ThinkingFormat;
import tramontane.grammar.Grammar;

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
    private static final int UNBOUNDED = Integer.MAX_VALUE;

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
                .ifPresent(schema -> options.add(new Grammar.Json(schema.schema())));
        List<Grammar.Branch> branches = new ArrayList<>(more);
        if (mayCall()) {
            List<Grammar.Branch> starts = calls.branches(tools().callable(), callsMax());
            if (options.isEmpty() && !tools().mustCall()) {
                branches.addAll(starts);
                branches.addAll(calls.untagged(tools().callable()));
            } else {
                starts.forEach(
                        start -> options.add(ToolGrammar.sequence(start.mark(), start.then())));
            }
        }
        if (options.isEmpty()) {
            return new Grammar.Prose(branches, true, UNBOUNDED);
        }
        return options.size() == 1 ? options.getFirst() : new Grammar.Choice(options);
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

    private AnswerParser parser() {
        boolean json = request.prompting().schema().isPresent();
        Optional<AnswerParser.Thoughts> expected =
                dialect.thinking()
                        .filter(format -> thoughts != Thoughts.NEVER)
                        .map(format ->
                                new AnswerParser.Thoughts(format, thoughts == Thoughts.BEGUN));
        return new AnswerParser(
                expected,
                mayCall()
                        ? Optional.of(
                                new AnswerParser.Calls(
                                        dialect.tools(),
                                        tools().callable().stream()
                                                .map(offer -> offer.tool().name())
                                                .toList(),
                                        json || tools().mustCall()))
                        : Optional.empty());
    }

    /**
     * The strings of the request end the text where that is prose. The tokens of thinking are told
     * of models that think.
     */
    Reading reading() {
        boolean json = request.prompting().schema().isPresent();
        return new Reading(
                this::parser,
                json ? List.of() : request.length().stop(),
                dialect.thinking().isPresent());
    }
}
