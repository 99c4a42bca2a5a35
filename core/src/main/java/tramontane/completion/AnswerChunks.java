package tramontane.completion;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.AnswerForm.StreamUsage;
import tramontane.api.ApiException;
import tramontane.api.CompletionJson;
import tramontane.api.CompletionRequest;
import tramontane.api.Usage;
import tramontane.backend.CompletionEvent;
import tramontane.backend.Metrics;
import tramontane.chat.Chunk;
import tramontane.chat.ToolCall;

/**
 * Turns events into the chunks of a stream, in the order that clients need:
 *
 * <pre>
 * for each choice:  role · [prefix] · thinking or text … · calls and finish_reason
 * the last finish_reason of all carries the usage, unless the request wants it elsewhere
 * </pre>
 *
 * So the latest finish is held back until it is known whether it is the last. For one thread.
 */
public final class AnswerChunks {
    /** How far the stream has come. */
    public enum State {
        OPEN,
        /** Every choice is finished. */
        COMPLETE,
        /** The answer failed; the last chunks carry the error. */
        FAILED
    }

    private final CompletionJson json;
    private final Environment environment;
    private final String prefix;
    private final AnswerScores scores;
    private final int choices;
    private final StreamUsage usage;
    private final Supplier<Metrics> metrics;
    private final BitSet unfinished = new BitSet();
    private final List<ObjectNode> chunks = new ArrayList<>();
    private Optional<CompletionEvent.Finished> held = Optional.empty();
    private boolean opened;
    private State state = State.OPEN;

    /**
     * @param metrics the figures so far
     */
    AnswerChunks(
            CompletionJson json,
            CompletionRequest request,
            Environment environment,
            Supplier<Metrics> metrics) {
        this.environment = environment;
        this.json = json;
        this.prefix = request.prefix();
        this.scores = new AnswerScores(request);
        this.choices = request.length().n();
        this.usage = request.output().form().streamUsage();
        this.metrics = metrics;
        unfinished.set(0, choices);
    }

    public State state() {
        return state;
    }

    /** The chunks to send after one more event; often none or one. */
    public List<ObjectNode> take(CompletionEvent event) {
        chunks.clear();
        switch (event) {
            case CompletionEvent.Text(int choice, String text) -> {
                open();
                add(choice, json.more(choice, new Chunk.Text(text)));
            }
            case CompletionEvent.Thinking(int choice, String thought) -> {
                open();
                add(choice, json.more(choice, thinking(thought)));
            }
            case CompletionEvent.PromptScored(var tokens) -> scores.prompt(tokens);
            case CompletionEvent.Scored(int choice, var token) -> scores.add(choice, token);
            case CompletionEvent.Finished finished -> {
                open();
                releaseHeld(Optional.empty());
                unfinished.clear(finished.choice());
                held = Optional.of(finished);
            }
            case CompletionEvent.Done(Usage whole) -> {
                end(whole);
                state = State.COMPLETE;
            }
            case CompletionEvent.Embedded _ ->
                    throw new IllegalArgumentException("a completion has no vectors");
            case CompletionEvent.Failed(ApiException cause) -> fail(cause);
        }
        addUsage();
        return List.copyOf(chunks);
    }

    static Chunk.Thinking thinking(String thought) {
        return new Chunk.Thinking(List.of(new Chunk.Text(thought)), true);
    }

    private void open() {
        if (opened) {
            return;
        }
        opened = true;
        for (int choice = 0; choice < choices; choice++) {
            chunks.add(scores.inOpening(json.opening(choice)));
            if (!prefix.isEmpty()) {
                chunks.add(json.more(choice, new Chunk.Text(prefix)));
            }
        }
    }

    private void add(int choice, ObjectNode chunk) {
        chunks.add(scores.inChunk(choice, chunk));
    }

    private void releaseHeld(Optional<Usage> whole) {
        if (held.isPresent()) {
            CompletionEvent.Finished end = held.get();
            List<ToolCall> calls = environment.numbered(end.calls());
            json.finish(end.choice(), calls, end.reason(), whole)
                    .forEach(chunk -> add(end.choice(), chunk));
            held = Optional.empty();
        }
    }

    private void end(Usage whole) {
        switch (usage) {
            case LAST_CHUNK -> releaseHeld(Optional.of(whole));
            case NOWHERE -> releaseHeld(Optional.empty());
            case OWN_CHUNK, EVERY_CHUNK -> {
                releaseHeld(Optional.empty());
                chunks.add(json.usageOnly(whole));
            }
        }
    }

    /** Gives a usage to the chunks before the last. */
    private void addUsage() {
        for (ObjectNode chunk : chunks) {
            if (chunk.has("usage")) {
                continue;
            }
            switch (usage) {
                case LAST_CHUNK, NOWHERE -> {}
                case OWN_CHUNK -> chunk.putNull("usage");
                case EVERY_CHUNK -> chunk.set("usage", soFar().toJson());
            }
        }
    }

    private Usage soFar() {
        Metrics now = metrics.get();
        return new Usage(
                now.promptTokens(),
                now.counts().cachedTokens(),
                now.progress().tokens(),
                Optional.empty(),
                Optional.empty());
    }

    /**
     * An error for each choice that is not finished. If all are, the last one ends with the error,
     * because an answer that failed must not look complete.
     */
    private void fail(ApiException cause) {
        open();
        if (unfinished.isEmpty()) {
            held.ifPresent(last -> unfinished.set(last.choice()));
        } else {
            releaseHeld(Optional.empty());
        }
        unfinished.stream().forEach(choice -> chunks.add(json.failure(choice, cause)));
        state = State.FAILED;
    }
}
