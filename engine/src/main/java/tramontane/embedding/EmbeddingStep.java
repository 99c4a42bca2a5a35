package tramontane.embedding;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tramontane.model.Batch;
import tramontane.model.HiddenRows;

/** The parts of texts that one step computes. The embedder's thread only. */
final class EmbeddingStep {
    /**
     * Tokens {@code from} to {@code to} of a text.
     *
     * @param firstRow of the run in the batch
     */
    record Run(EmbeddingJob job, int text, PooledText pooled, int from, int to, int firstRow) {
        boolean endsText() {
            return to == job.text(text).length;
        }
    }

    private final Batch batch;
    private final List<Run> runs = new ArrayList<>();

    EmbeddingStep(Batch batch) {
        this.batch = batch;
        batch.clear();
    }

    /** Adds the next {@code count} tokens of the job's open text. */
    void add(EmbeddingJob job, int count) {
        PooledText open = job.open().orElseThrow();
        int from = job.computed();
        int firstRow = batch.rows();
        int first = batch.add(open.blocks(), job.current(), from, from + count, 0);
        assert first == 0 : "no logits are wanted";
        runs.add(job.take(count, firstRow));
    }

    int rows() {
        return batch.rows();
    }

    int runs() {
        return runs.size();
    }

    /** True if nobody waits for any of the jobs any more. */
    boolean isAbandoned() {
        return runs.stream().allMatch(run -> run.job.isCancelled());
    }

    /** Pools the computed rows, and finishes the texts that are complete. */
    void pool(HiddenRows hidden) {
        float[] row = new float[hidden.width()];
        for (Run run : runs) {
            int length = run.job.text(run.text).length;
            for (int position = run.from; position < run.to; position++) {
                if (run.pooled.wants(position, length)) {
                    hidden.row(run.firstRow + position - run.from, row);
                    run.pooled.take(row);
                }
            }
            if (run.endsText()) {
                run.pooled.blocks().release();
                finish(run);
            }
        }
    }

    /** Gives back the cache blocks of the texts that the step would have finished. */
    void abandon() {
        runs.stream().filter(Run::endsText).forEach(run -> run.pooled.blocks().release());
    }

    private static void finish(Run run) {
        Optional<float[]> vector = run.pooled.vector();
        if (vector.isPresent()) {
            run.job.finish(run.text, vector.get());
        } else {
            run.job.fail(
                    "the model computed no usable numbers, so its file is probably damaged; verify"
                            + " it or fetch it again");
        }
    }
}
