package tramontane.completion;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.CompletionJson;
import tramontane.api.CompletionRequest;
import tramontane.api.FinishReason;
import tramontane.api.Usage;
import tramontane.backend.CompletionEvent;
import tramontane.chat.Chunk;
import tramontane.chat.ToolCall;

/** Collects events into one answer. For one thread. */
public final class WholeAnswer {
    /** The state of one choice. */
    private static final class Choice {
        final List<Chunk> content = new ArrayList<>();

        /** The end of the content: adjacent pieces of the same kind are joined. */
        final StringBuilder last = new StringBuilder();

        boolean thinks;
        List<ToolCall> calls = List.of();
        FinishReason reason = FinishReason.ERROR;

        void add(String piece, boolean thought) {
            if (thought != thinks) {
                finish();
                thinks = thought;
            }
            last.append(piece);
        }

        private void finish() {
            if (!last.isEmpty()) {
                String text = last.toString();
                content.add(thinks ? AnswerChunks.thinking(text) : new Chunk.Text(text));
                last.setLength(0);
            }
        }

        CompletionJson.Choice whole() {
            finish();
            return new CompletionJson.Choice(content, calls, reason);
        }
    }

    private final CompletionJson json;
    private final Environment environment;
    private final AnswerScores scores;
    private final List<Choice> choices = new ArrayList<>();

    WholeAnswer(CompletionJson json, CompletionRequest request, Environment environment) {
        this.json = json;
        this.environment = environment;
        this.scores = new AnswerScores(request);
        for (int i = 0; i < request.length().n(); i++) {
            Choice choice = new Choice();
            if (!request.prefix().isEmpty()) {
                choice.add(request.prefix(), false);
            }
            choices.add(choice);
        }
    }

    /**
     * The answer, once the last event has come.
     *
     * @throws ApiException if the answer failed
     */
    public Optional<ObjectNode> take(CompletionEvent event) throws ApiException {
        switch (event) {
            case CompletionEvent.Text(int choice, String text) ->
                    choices.get(choice).add(text, false);
            case CompletionEvent.Thinking(int choice, String thought) ->
                    choices.get(choice).add(thought, true);
            case CompletionEvent.PromptScored(var tokens) -> scores.prompt(tokens);
            case CompletionEvent.Scored(int choice, var token) -> scores.add(choice, token);
            case CompletionEvent.Finished(int index, FinishReason reason, var calls) -> {
                choices.get(index).reason = reason;
                choices.get(index).calls = environment.numbered(calls);
            }
            case CompletionEvent.Embedded _ ->
                    throw new IllegalArgumentException("a completion has no vectors");
            case CompletionEvent.Failed(ApiException cause) -> throw cause;
            case CompletionEvent.Done(Usage usage) -> {
                List<CompletionJson.Choice> whole = choices.stream().map(Choice::whole).toList();
                return Optional.of(scores.inWhole(json.whole(whole, usage)));
            }
        }
        return Optional.empty();
    }
}
