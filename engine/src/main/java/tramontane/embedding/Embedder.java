package tramontane.embedding;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import tramontane.cache.BlockPool;
import tramontane.cache.BlockTable;
import tramontane.cache.KvCache;
import tramontane.cache.PrefixIndex;
import tramontane.engine.AdmissionControl;
import tramontane.engine.Engine;
import tramontane.engine.EngineFullException;
import tramontane.engine.EngineThread;
import tramontane.model.Batch;
import tramontane.model.HiddenRows;
import tramontane.model.Pooling;

/**
 * Runs one embedding model. Callers submit jobs from any thread. The embedder's own thread plans,
 * computes and pools, step after step, and sleeps while there is nothing to do.
 */
public final class Embedder implements AutoCloseable {
    private final HiddenRows hidden;
    private final KvCache cache;
    private final Pooling pooling;
    private final EmbedderLimits limits;
    private final AdmissionControl admission;
    private final JobQueue queue = new JobQueue();
    private final BlockPool pool;
    private final PrefixIndex index;
    private final Batch batch;

    /** Bounded by the admission control. */
    private final LinkedBlockingQueue<EmbeddingJob> submitted = new LinkedBlockingQueue<>();

    private final EngineThread thread;
    private volatile Engine.Load load;
    private long computedTokens;
    private long busyNanos;

    /** Starts the embedder's thread. */
    Embedder(HiddenRows hidden, KvCache cache, Pooling pooling, EmbedderLimits limits) {
        this.hidden = hidden;
        this.cache = cache;
        this.pooling = pooling;
        this.limits = limits;
        admission = new AdmissionControl(limits.maxJobs(), limits.maxTokens());
        pool = new BlockPool(limits.blocks());
        index = new PrefixIndex(pool);
        batch = new Batch(limits.stepTokens(), 0);
        load = new Engine.Load(0, 0, limits.blocks(), limits.blocks(), 0, 0, 0);
        thread = new EngineThread("tramontane-embedder", this::work, this::failAll);
    }

    /**
     * Queues a job.
     *
     * @param texts tokens of each text: at least one text, none empty, none longer than the context
     * @param caller whose job it is, for fairness
     * @throws EngineFullException when too many jobs or tokens are waiting
     */
    public EmbeddingJob submit(int[][] texts, String caller) throws EngineFullException {
        if (texts.length == 0) {
            throw new IllegalArgumentException("no texts");
        }
        for (int[] text : texts) {
            if (text.length == 0 || text.length > limits.context()) {
                throw new IllegalArgumentException(
                        text.length + " tokens, allowed are 1 to " + limits.context());
            }
        }
        EmbeddingJob job = new EmbeddingJob(texts, caller);
        admission.enter(job.tokens());
        submitted.add(job);
        // The thread may have emptied the queue for the last time already.
        thread.ended().ifPresent(job::fail);
        return job;
    }

    /** What the embedder was doing in its last step, and totals since its start. */
    public Engine.Load load() {
        return load;
    }

    /** Jobs that are not finished. Unlike {@link #load}, never stale. */
    public int unfinishedJobs() {
        return admission.requests();
    }

    /** Completes with the reason when the embedder fails for good, and never otherwise. */
    public CompletableFuture<String> failure() {
        return thread.failure();
    }

    /** Why the embedder failed; empty if it has not. */
    public Optional<String> failed() {
        return thread.failed();
    }

    /** Fails all jobs that are not finished, and ends the thread. */
    @Override
    public void close() {
        thread.close();
    }

    private void work() throws InterruptedException {
        takeSubmitted();
        step();
    }

    private void takeSubmitted() throws InterruptedException {
        if (queue.isEmpty()) {
            queue.add(submitted.take());
        }
        for (EmbeddingJob job = submitted.poll(); job != null; job = submitted.poll()) {
            queue.add(job);
        }
        remove();
    }

    /** Plans, computes and pools. */
    private void step() {
        long start = System.nanoTime();
        EmbeddingStep step = plan();
        if (step.rows() > 0 && hidden.forward(batch, cache, step::isAbandoned)) {
            step.pool(hidden);
            computedTokens += step.rows();
        } else {
            step.abandon();
        }
        remove();
        busyNanos += System.nanoTime() - start;
        load =
                new Engine.Load(
                        queue.size(),
                        admission.tokens(),
                        pool.available(),
                        pool.blocks(),
                        computedTokens,
                        busyNanos,
                        0);
    }

    /** Removes the jobs that are finished or that nobody waits for. */
    private void remove() {
        for (EmbeddingJob job : queue.remove(job -> job.isDone() || job.isCancelled())) {
            job.open().ifPresent(open -> open.blocks().release());
            admission.leave(job.tokens());
        }
    }

    private EmbeddingStep plan() {
        EmbeddingStep step = new EmbeddingStep(batch);
        boolean begins = true;
        while (step.runs() < EmbedderLimits.STEP_TEXTS && step.rows() < limits.stepTokens()) {
            boolean mayBegin = begins;
            Optional<EmbeddingJob> next = queue.next(each -> mayBegin || each.open().isPresent());
            if (next.isEmpty()) {
                break;
            }
            EmbeddingJob job = next.get();
            int room = limits.stepTokens() - step.rows();
            if (fits(job, room)) {
                int count = Math.min(job.remaining(), room);
                step.add(job, count);
                queue.served(job, count);
            } else {
                begins = false;
            }
        }
        return step;
    }

    /**
     * True if the job's next tokens fit into the step; then its text has all its cache blocks. A
     * text that does not fit is not overtaken by texts that have not started, so it is the first to
     * start in a later step.
     */
    private boolean fits(EmbeddingJob job, int room) {
        if (job.open().isPresent()) {
            return true;
        }
        int length = job.remaining();
        if (hidden.wholeSequences() && length > room) {
            return false;
        }
        BlockTable blocks = new BlockTable(pool, index, cache.blockBytes(), "");
        if (blocks.missing(length) > pool.available()) {
            return false;
        }
        blocks.reserve(length);
        job.begin(new PooledText(pooling, blocks, hidden.width()));
        return true;
    }

    private void failAll(String reason) {
        List<EmbeddingJob> all = new ArrayList<>(queue.remove(job -> true));
        submitted.drainTo(all);
        all.forEach(job -> job.fail(reason));
    }
}
