package tramontane.embedding;

import java.time.Duration;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * The texts of one request and their vectors. Any thread may wait for the outcome and cancel; the
 * rest belongs to the embedder's thread.
 */
public final class EmbeddingJob {
    /** What became of a job. */
    public sealed interface Outcome {
        /** One vector of length 1 for each text. */
        record Vectors(float[][] values) implements Outcome {}

        record Failed(String reason) implements Outcome {}
    }

    private final int[][] texts;
    private final String caller;
    private final int tokens;
    private final float[][] vectors;
    private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    private final long submittedNanos = System.nanoTime();
    private volatile boolean cancelled;
    private volatile long queuedNanos = -1;

    /** Written by the embedder's thread only. */
    private volatile int started;

    /** Tokens of this job that were computed; for fairness among the jobs of a caller. */
    long served;

    /** The text that is computed next, and its tokens that are part of earlier steps. */
    private int text;

    private int computed;
    private Optional<PooledText> pooled = Optional.empty();

    EmbeddingJob(int[][] texts, String caller) {
        this.texts = texts;
        this.caller = caller;
        this.vectors = new float[texts.length][];
        int sum = 0;
        for (int[] each : texts) {
            sum += each.length;
        }
        this.tokens = sum;
    }

    /** The outcome; empty if there is none within {@code timeout}. */
    public Optional<Outcome> poll(Duration timeout) throws InterruptedException {
        try {
            return Optional.of(outcome.get(timeout.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException notYet) {
            return Optional.empty();
        } catch (ExecutionException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Ends the job at the next step. There may be no outcome. */
    public void cancel() {
        cancelled = true;
    }

    /** Tokens of all texts. */
    public int tokens() {
        return tokens;
    }

    /** When the job was submitted, by {@link System#nanoTime}. */
    public long submittedNanos() {
        return submittedNanos;
    }

    /** From the submission to the first step; empty while the job waits. */
    public OptionalLong queuedNanos() {
        return queuedNanos < 0 ? OptionalLong.empty() : OptionalLong.of(queuedNanos);
    }

    /** Tokens that are in a step, or were. */
    public int started() {
        return started;
    }

    String caller() {
        return caller;
    }

    public boolean isCancelled() {
        return cancelled;
    }

    /** True if a part of every text is in a step. */
    boolean isPlanned() {
        return text == texts.length;
    }

    /** Tokens of the next text that are in no step yet. */
    int remaining() {
        return texts[text].length - computed;
    }

    /** The text that is computed in several steps. */
    Optional<PooledText> open() {
        return pooled;
    }

    /** Begins the next text. */
    void begin(PooledText next) {
        pooled = Optional.of(next);
        if (queuedNanos < 0) {
            queuedNanos = System.nanoTime() - submittedNanos;
        }
    }

    /** Takes the next {@code count} tokens of the open text for a step. */
    EmbeddingStep.Run take(int count, int firstRow) {
        PooledText open = pooled.orElseThrow();
        var run = new EmbeddingStep.Run(this, text, open, computed, computed + count, firstRow);
        computed += count;
        served += count;
        started = Math.addExact(started, count);
        if (computed == texts[text].length) {
            text++;
            computed = 0;
            pooled = Optional.empty();
        }
        return run;
    }

    int[] text(int index) {
        return texts[index];
    }

    /** The text that {@link #take} continues. */
    int[] current() {
        return texts[text];
    }

    int computed() {
        return computed;
    }

    /** The vector of a text is known; the last one completes the job. */
    void finish(int index, float[] vector) {
        vectors[index] = vector;
        if (index == texts.length - 1) {
            outcome.complete(new Outcome.Vectors(vectors));
        }
    }

    void fail(String reason) {
        outcome.complete(new Outcome.Failed(reason));
    }

    boolean isDone() {
        return outcome.isDone();
    }
}
