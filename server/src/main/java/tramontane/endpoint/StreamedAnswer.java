package tramontane.endpoint;

import java.io.IOException;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.ApiException;
import tramontane.api.CompletionJson;
import tramontane.api.CompletionRequest;
import tramontane.api.Usage;
import tramontane.backend.CompletionEvent;
import tramontane.chat.Chunk;
import tramontane.chat.ToolCall;

/**
 * Writes events as chunks, in the order clients need them:
 *
 * <pre>
 * for each choice:  role · [prefix] · thinking or text … · calls and finish_reason
 * the last finish_reason of all carries the usage; then [DONE]
 * </pre>
 *
 * So the latest finish is held back until it is known whether it is the last.
 */
final class StreamedAnswer {
    private final EventStream stream;
    private final CompletionJson json;
    private final Surroundings surroundings;
    private final String prefix;
    private final AnswerScores scores;
    private final int choices;
    private final BitSet unfinished = new BitSet();
    private Optional<CompletionEvent.Finished> held = Optional.empty();
    private boolean begun;
    private boolean over;

    StreamedAnswer(
            EventStream stream,
            CompletionJson json,
            CompletionRequest request,
            Surroundings surroundings) {
        this.stream = stream;
        this.surroundings = surroundings;
        this.json = json;
        this.prefix = request.prefix();
        this.scores = new AnswerScores(request);
        this.choices = request.length().n();
        unfinished.set(0, choices);
    }

    boolean isOver() {
        return over;
    }

    /**
     * @throws ApiException where the answer failed before its first byte left, and so can still be
     *     an error
     */
    void take(CompletionEvent event) throws IOException, ApiException {
        switch (event) {
            case CompletionEvent.Text(int choice, String text) -> {
                begin();
                send(choice, json.more(choice, new Chunk.Text(text)));
            }
            case CompletionEvent.Thinking(int choice, String thought) -> {
                begin();
                send(choice, json.more(choice, thinking(thought)));
            }
            case CompletionEvent.PromptScored(var tokens) -> scores.prompt(tokens);
            case CompletionEvent.Scored(int choice, var token) -> scores.add(choice, token);
            case CompletionEvent.Finished finished -> {
                begin();
                release(Optional.empty());
                unfinished.clear(finished.choice());
                held = Optional.of(finished);
            }
            case CompletionEvent.Done(Usage usage) -> {
                release(Optional.of(usage));
                stream.done();
                over = true;
            }
            case CompletionEvent.Failed(ApiException cause) -> fail(cause);
        }
    }

    static Chunk.Thinking thinking(String thought) {
        return new Chunk.Thinking(List.of(new Chunk.Text(thought)), true);
    }

    private void begin() throws IOException {
        if (begun) {
            return;
        }
        begun = true;
        for (int choice = 0; choice < choices; choice++) {
            stream.send(scores.inOpening(json.opening(choice)));
            if (!prefix.isEmpty()) {
                stream.send(json.more(choice, new Chunk.Text(prefix)));
            }
        }
    }

    private void send(int choice, ObjectNode chunk) throws IOException {
        stream.send(scores.inChunk(choice, chunk));
    }

    private void release(Optional<Usage> usage) throws IOException {
        if (held.isPresent()) {
            CompletionEvent.Finished end = held.get();
            List<ToolCall> calls = surroundings.numbered(end.calls());
            send(end.choice(), json.finish(end.choice(), calls, end.reason(), usage));
            held = Optional.empty();
        }
    }

    /** Ends the stream with an error for each choice that is not finished, and without [DONE]. */
    private void fail(ApiException cause) throws IOException, ApiException {
        if (!stream.hasBegun()) {
            throw cause;
        }
        begin();
        release(Optional.empty());
        for (int choice = unfinished.nextSetBit(0);
                choice >= 0;
                choice = unfinished.nextSetBit(choice + 1)) {
            stream.send(json.failure(choice, cause));
        }
        stream.breakOff();
        over = true;
    }
}
