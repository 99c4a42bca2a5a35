package tramontane.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import tramontane.api.FinishReason;
import tramontane.api.Usage;
import tramontane.backend.CompletionEvent;
import tramontane.chat.dialect.AnswerPart;

/** What of a second telling is new, and when it is another answer. */
class TranscriptTest {
    private static final CompletionEvent DONE =
            new CompletionEvent.Done(new Usage(1, 0, 2, Optional.empty(), Optional.empty()));

    private final Transcript transcript = new Transcript(2);

    private static CompletionEvent text(int choice, String text) {
        return new CompletionEvent.Text(choice, text);
    }

    private static CompletionEvent thinking(int choice, String text) {
        return new CompletionEvent.Thinking(choice, text);
    }

    private static CompletionEvent end(int choice, String arguments) {
        return new CompletionEvent.Finished(
                choice, FinishReason.TOOL_CALLS, List.of(new AnswerPart.Call("f", arguments)));
    }

    private List<CompletionEvent> tell(CompletionEvent... events) throws BrokenAnswerException {
        List<CompletionEvent> fresh = new ArrayList<>();
        for (CompletionEvent event : events) {
            transcript.take(event).ifPresent(fresh::add);
        }
        return fresh;
    }

    @Test
    void onlyWhatTheClientHasNotIsPassedOn() throws BrokenAnswerException {
        assertThat(transcript.isEmpty()).isTrue();
        assertThat(tell(text(0, "ab"), text(1, "x"), text(0, "cd"))).hasSize(3);
        transcript.tellAgain();
        assertThat(tell(text(0, "ab"), text(0, "cd"), text(0, "e"))).containsExactly(text(0, "e"));
        // The second server breaks off before it has said all of choice 1.
        transcript.tellAgain();
        assertThat(tell(text(1, "x"), text(1, "y"), text(0, "abcde"), end(0, "{}")))
                .containsExactly(text(1, "y"), end(0, "{}"));
        transcript.tellAgain();
        assertThat(tell(text(0, "abcde"), end(0, "{}"), text(1, "xyz"), end(1, "{}"), DONE))
                .containsExactly(text(1, "z"), end(1, "{}"), DONE);
    }

    @Test
    void anotherAnswerIsNeverJoined() throws BrokenAnswerException {
        tell(thinking(0, "ab"), text(0, "cd"), end(0, "{}"));
        for (CompletionEvent[] other :
                List.of(
                        new CompletionEvent[] {thinking(0, "ab"), text(0, "cx"), end(0, "{}")},
                        new CompletionEvent[] {thinking(0, "abc"), text(0, "d"), end(0, "{}")},
                        new CompletionEvent[] {thinking(0, "ab"), text(0, "cd"), end(0, "{1}")},
                        new CompletionEvent[] {text(0, "abcde")},
                        new CompletionEvent[] {thinking(0, "ab"), text(0, "c"), DONE})) {
            transcript.tellAgain();
            assertThatThrownBy(() -> tell(other)).hasMessageContaining("begins differently");
        }
    }
}
