package tramontane.upstream;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;
import tramontane.api.JsonBody;
import tramontane.api.ScoredToken;
import tramontane.backend.CompletionEvent;

/**
 * What the client has of an answer. When another server tells the answer again from its beginning,
 * what the client already has is compared and left out. For one thread.
 *
 * <pre>
 * told    ████████████            what the client has of a choice
 * heard   ███████                 what the new server has said of it
 *                ↑ nothing is passed on before both have one length; then their sums must be equal
 * </pre>
 */
final class Transcript {
    /** Of a character: what it is part of, and its code unit. */
    private static final int CHAR_BYTES = 3;

    private final List<ToldTrack> choices = new ArrayList<>();

    /** Logprobs of the prompt belong to no choice. */
    private final ToldTrack prompt = new ToldTrack();

    Transcript(int choices) {
        for (int i = 0; i < choices; i++) {
            this.choices.add(new ToldTrack());
        }
    }

    /** True while the client has nothing. */
    boolean isEmpty() {
        return prompt.isEmpty() && choices.stream().allMatch(ToldTrack::isEmpty);
    }

    /** Another server begins to tell the answer. */
    void tellAgain() {
        prompt.hearAgain();
        choices.forEach(ToldTrack::hearAgain);
    }

    /**
     * What of an event is new to the client.
     *
     * @throws BrokenAnswerException if this is not the answer of which the client has a part
     */
    Optional<CompletionEvent> take(CompletionEvent event) throws BrokenAnswerException {
        return switch (event) {
            case CompletionEvent.Text(int choice, String text) ->
                    rest(choice, 'T', text).map(rest -> new CompletionEvent.Text(choice, rest));
            case CompletionEvent.Thinking(int choice, String text) ->
                    rest(choice, 'H', text).map(rest -> new CompletionEvent.Thinking(choice, rest));
            case CompletionEvent.Scored(int choice, ScoredToken token) ->
                    whole(choices.get(choice), 'S', json(List.of(token)), event);
            case CompletionEvent.PromptScored(List<ScoredToken> tokens) ->
                    whole(prompt, 'P', json(tokens), event);
            case CompletionEvent.Finished(int choice, var reason, var calls) ->
                    whole(choices.get(choice), 'F', reason + " " + calls, event);
            case CompletionEvent.Done _ -> {
                requireAllHeard();
                yield Optional.of(event);
            }
            case CompletionEvent.Embedded _, CompletionEvent.Failed _ -> Optional.of(event);
        };
    }

    private Optional<String> rest(int choice, char kind, String text) throws BrokenAnswerException {
        ToldTrack track = choices.get(choice);
        int known = (int) Math.min(text.length(), track.unheard());
        track.take(bytes(kind, text.substring(0, known)), known);
        String rest = text.substring(known);
        track.take(bytes(kind, rest), rest.length());
        return rest.isEmpty() ? Optional.empty() : Optional.of(rest);
    }

    private static Optional<CompletionEvent> whole(
            ToldTrack track, char kind, String content, CompletionEvent event)
            throws BrokenAnswerException {
        boolean isNew = track.unheard() == 0;
        track.take((kind + content).getBytes(StandardCharsets.UTF_8), 1);
        return isNew ? Optional.of(event) : Optional.empty();
    }

    private void requireAllHeard() throws BrokenAnswerException {
        if (prompt.unheard() > 0 || choices.stream().anyMatch(each -> each.unheard() > 0)) {
            throw ToldTrack.differs();
        }
    }

    private static byte[] bytes(char kind, String text) {
        ByteBuffer bytes = ByteBuffer.allocate(CHAR_BYTES * text.length());
        for (int i = 0; i < text.length(); i++) {
            bytes.put((byte) kind).putChar(text.charAt(i));
        }
        return bytes.array();
    }

    private static String json(List<ScoredToken> tokens) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        ScoredToken.put(json, "scored", tokens);
        return new String(JsonBody.write(json), StandardCharsets.UTF_8);
    }
}
