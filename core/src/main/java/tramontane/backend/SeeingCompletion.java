package tramontane.backend;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;

/** An answer that gives back the memory of its prompt's pictures when it is closed. */
final class SeeingCompletion implements Completion {
    private final Completion answer;
    private final Runnable release;
    private final AtomicBoolean closed = new AtomicBoolean();

    SeeingCompletion(Completion answer, Runnable release) {
        this.answer = answer;
        this.release = release;
    }

    @Override
    public Optional<CompletionEvent> poll(Duration timeout) throws InterruptedException {
        return answer.poll(timeout);
    }

    @Override
    public List<int[]> newTokens() {
        return answer.newTokens();
    }

    @Override
    public Metrics metrics() {
        return answer.metrics();
    }

    @Override
    public void close() {
        answer.close();
        if (closed.compareAndSet(false, true)) {
            release.run();
        }
    }
}
