package tramontane.endpoint;

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

/** Gathers events into one answer. */
final class WholeAnswer {
    /** One choice as far as it has come. */
    private static final class Choice {
        final List<Chunk> content = new ArrayList<>();
        List<ToolCall> calls = List.of();
        FinishReason reason = FinishReason.ERROR;

        /** Neighbours of a kind become one. */
        void add(Chunk more) {
            if (!content.isEmpty()
                    && content.getLast() instanceof Chunk.Text(String before)
                    && more instanceof Chunk.Text(String text)) {
                content.set(content.size() - 1, new Chunk.Text(before + text));
            } else if (!content.isEmpty()
                    && content.getLast() instanceof Chunk.Thinking before
                    && more instanceof Chunk.Thinking thinking) {
                String joined =
                        before.thinking().getFirst().text() + thinking.thinking().getFirst().text();
                content.set(content.size() - 1, StreamedAnswer.thinking(joined));
            } else {
                content.add(more);
            }
        }
    }

    private final CompletionJson json;
    private final Surroundings surroundings;
    private final AnswerScores scores;
    private final List<Choice> choices = new ArrayList<>();

    WholeAnswer(CompletionJson json, CompletionRequest request, Surroundings surroundings) {
        this.json = json;
        this.surroundings = surroundings;
        this.scores = new AnswerScores(request);
        for (int i = 0; i < request.length().n(); i++) {
            Choice choice = new Choice();
            if (!request.prefix().isEmpty()) {
                choice.add(new Chunk.Text(request.prefix()));
            }
            choices.add(choice);
        }
    }

    /** The answer, once the last event has come. */
    Optional<ObjectNode> take(CompletionEvent event) throws ApiException {
        switch (event) {
            case CompletionEvent.Text(int choice, String text) ->
                    choices.get(choice).add(new Chunk.Text(text));
            case CompletionEvent.Thinking(int choice, String thought) ->
                    choices.get(choice).add(StreamedAnswer.thinking(thought));
            case CompletionEvent.PromptScored(var tokens) -> scores.prompt(tokens);
            case CompletionEvent.Scored(int choice, var token) -> scores.add(choice, token);
            case CompletionEvent.Finished(int index, FinishReason reason, var calls) -> {
                choices.get(index).reason = reason;
                choices.get(index).calls = surroundings.numbered(calls);
            }
            case CompletionEvent.Failed(ApiException cause) -> throw cause;
            case CompletionEvent.Done(Usage usage) -> {
                List<CompletionJson.Choice> whole =
                        choices.stream()
                                .map(each ->
                                        new CompletionJson.Choice(
                                                each.content, each.calls, each.reason))
                                .toList();
                return Optional.of(scores.inWhole(json.whole(whole, usage)));
            }
        }
        return Optional.empty();
    }
}
