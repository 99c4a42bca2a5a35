package tramontane.ledger;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.api.FinishReason;
import tramontane.api.Sha256;
import tramontane.backend.CompletionEvent;
import tramontane.chat.dialect.AnswerPart;

/**
 * The SHA-256 sum of an answer's content, the same for a streamed and a whole one. It is the sum of
 * these lines in UTF-8, for each choice in order:
 *
 * <pre>
 * SUM-OF-THINKING SUM-OF-TEXT FINISH-REASON
 * SUM-OF-NAME SUM-OF-ARGUMENTS                 for each tool call
 * </pre>
 *
 * Ids, times and logprobs do not count. Embeddings count as the text of one choice without a finish
 * reason: the fp32 numbers of all vectors, as the model made them, little-endian. For one thread.
 */
public final class AnswerHash {
    /** The sums of one choice. */
    private static final class Choice {
        final MessageDigest thinking = Sha256.begin();
        final MessageDigest text = Sha256.begin();
        Optional<FinishReason> reason = Optional.empty();
        List<AnswerPart.Call> calls = List.of();
    }

    private final List<Choice> choices = new ArrayList<>();

    /** Adds what the event says about the answer. */
    public void add(CompletionEvent event) {
        switch (event) {
            case CompletionEvent.Text(int choice, String text) ->
                    choice(choice).text.update(text.getBytes(StandardCharsets.UTF_8));
            case CompletionEvent.Thinking(int choice, String text) ->
                    choice(choice).thinking.update(text.getBytes(StandardCharsets.UTF_8));
            case CompletionEvent.Finished(int choice, FinishReason reason, var calls) -> {
                choice(choice).reason = Optional.of(reason);
                choice(choice).calls = calls;
            }
            case CompletionEvent.Embedded(float[][] vectors) -> {
                for (float[] vector : vectors) {
                    choice(0).text.update(bytes(vector));
                }
            }
            case CompletionEvent.PromptScored _,
                    CompletionEvent.Scored _,
                    CompletionEvent.Done _,
                    CompletionEvent.Failed _ -> {}
        }
    }

    private static byte[] bytes(float[] vector) {
        ByteBuffer bytes =
                ByteBuffer.allocate(Float.BYTES * vector.length).order(ByteOrder.LITTLE_ENDIAN);
        bytes.asFloatBuffer().put(vector);
        return bytes.array();
    }

    private Choice choice(int index) {
        while (choices.size() <= index) {
            choices.add(new Choice());
        }
        return choices.get(index);
    }

    /** The sum; may be asked for once, after the last event. */
    public String sum() {
        StringBuilder lines = new StringBuilder();
        for (Choice choice : choices) {
            lines.append(Sha256.hex(choice.thinking))
                    .append(' ')
                    .append(Sha256.hex(choice.text))
                    .append(' ')
                    .append(choice.reason.map(FinishReason::wireName).orElse("none"))
                    .append('\n');
            for (AnswerPart.Call call : choice.calls) {
                lines.append(Sha256.of(call.name()))
                        .append(' ')
                        .append(Sha256.of(call.arguments()))
                        .append('\n');
            }
        }
        return Sha256.of(lines.toString());
    }
}
