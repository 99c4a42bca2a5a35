package tramontane.backend;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Queue;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.api.Usage;
import tramontane.embedding.EmbeddingJob;
import tramontane.engine.Generation;

/** The vectors of one request that an embedder of this process computes. */
final class LocalEmbedding implements Completion {
    private final EmbeddingJob job;
    private final Queue<CompletionEvent> events = new ArrayDeque<>();
    private boolean ended;

    LocalEmbedding(EmbeddingJob job) {
        this.job = job;
    }

    @Override
    public Optional<CompletionEvent> poll(Duration timeout) throws InterruptedException {
        if (!ended) {
            Optional<EmbeddingJob.Outcome> outcome = job.poll(timeout);
            ended = outcome.isPresent();
            outcome.ifPresent(this::add);
        }
        return Optional.ofNullable(events.poll());
    }

    private void add(EmbeddingJob.Outcome outcome) {
        switch (outcome) {
            case EmbeddingJob.Outcome.Vectors(float[][] values) -> {
                events.add(new CompletionEvent.Embedded(values));
                events.add(
                        new CompletionEvent.Done(
                                new Usage(job.tokens(), 0, 0, Optional.empty(), Optional.empty())));
            }
            case EmbeddingJob.Outcome.Failed(String reason) ->
                    events.add(
                            new CompletionEvent.Failed(
                                    new ApiException(
                                            ErrorCode.UNAVAILABLE,
                                            "The server cannot answer, because " + reason + ".")));
        }
    }

    /** A request that was given up counts with the tokens whose computation has started. */
    @Override
    public Metrics metrics() {
        OptionalLong queued = job.queuedNanos();
        return new Metrics(
                job.isCancelled() ? job.started() : job.tokens(),
                OptionalLong.of(job.submittedNanos()),
                new Generation.Counts(0, 0, 0),
                new Generation.Progress(queued, OptionalLong.empty(), 0, 0),
                queued.isPresent());
    }

    @Override
    public void close() {
        job.cancel();
    }
}
