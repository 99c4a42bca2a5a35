package tramontane.backend;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import tramontane.api.ChatCompletionRequest;
import tramontane.api.FinishReason;
import tramontane.api.Usage;

/** Says the last message's words again, until the engine speaks through here. */
final class LocalCompletion implements Completion {
    private final ArrayDeque<CompletionEvent> events = new ArrayDeque<>();

    LocalCompletion(ChatCompletionRequest request, int promptTokens) {
        String[] words = request.messages().getLast().text().split(" ");
        int most = Math.min(words.length, request.length().maxTokens().orElse(words.length));
        for (int i = 0; i < most; i++) {
            for (int choice = 0; choice < request.length().n(); choice++) {
                events.add(new CompletionEvent.Text(choice, (i == 0 ? "" : " ") + words[i]));
            }
        }
        for (int choice = 0; choice < request.length().n(); choice++) {
            events.add(
                    new CompletionEvent.Finished(
                            choice, most < words.length ? FinishReason.LENGTH : FinishReason.STOP));
        }
        events.add(
                new CompletionEvent.Done(new Usage(promptTokens, 0, most * request.length().n())));
    }

    @Override
    public Optional<CompletionEvent> poll(Duration timeout) throws InterruptedException {
        Thread.sleep(10);
        return Optional.ofNullable(events.poll());
    }

    @Override
    public void close() {
        events.clear();
    }
}
