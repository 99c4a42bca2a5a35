package tramontane.backend;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.Optional;
import java.util.Queue;
import tramontane.api.FinishReason;
import tramontane.api.Usage;

/**
 * The answer to a request with {@code max_tokens} 0: the prompt is validated and counted, and
 * nothing is generated.
 */
final class EmptyCompletion implements Completion {
    private final Queue<CompletionEvent> events = new ArrayDeque<>();

    private final int promptTokens;

    EmptyCompletion(int choices, int promptTokens) {
        this.promptTokens = promptTokens;
        for (int choice = 0; choice < choices; choice++) {
            events.add(new CompletionEvent.Finished(choice, FinishReason.LENGTH, List.of()));
        }
        events.add(
                new CompletionEvent.Done(
                        new Usage(promptTokens, 0, 0, Optional.empty(), Optional.empty())));
    }

    @Override
    public Optional<CompletionEvent> poll(Duration timeout) {
        return Optional.ofNullable(events.poll());
    }

    @Override
    public Metrics metrics() {
        return Metrics.nothingGenerated(promptTokens);
    }

    @Override
    public void close() {
        events.clear();
    }
}
