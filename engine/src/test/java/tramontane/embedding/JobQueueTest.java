package tramontane.embedding;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tramontane.cache.BlockPool;
import tramontane.cache.BlockTable;
import tramontane.cache.PrefixIndex;
import tramontane.model.Pooling;

/** Whose texts are computed next, without a model. */
class JobQueueTest {
    private final JobQueue queue = new JobQueue();
    private final BlockPool pool = new BlockPool(1);

    private static EmbeddingJob job(String caller, int texts, int tokens) {
        int[][] all = new int[texts][tokens];
        return new EmbeddingJob(all, caller);
    }

    /** Computes the next text of the job whose turn it is. */
    private EmbeddingJob turn() {
        EmbeddingJob job = queue.next(_ -> true).orElseThrow();
        job.begin(
                new PooledText(
                        Pooling.MEAN, new BlockTable(pool, new PrefixIndex(pool), 1, ""), 1));
        int tokens = job.remaining();
        EmbeddingStep.Run run = job.take(tokens, 0);
        queue.served(job, tokens);
        assertThat(run.endsText()).isTrue();
        return job;
    }

    @Test
    void aSmallJobIsNotStoppedByALargeOneOfTheSameCaller() {
        EmbeddingJob large = job("a", 1000, 100);
        queue.add(large);
        for (int i = 0; i < 10; i++) {
            assertThat(turn()).isSameAs(large);
        }
        EmbeddingJob small = job("a", 3, 100);
        queue.add(small);
        int turns = 0;
        while (!small.isPlanned()) {
            turn();
            turns++;
        }
        assertThat(turns).isLessThanOrEqualTo(6);
    }

    @Test
    void callersGetEqualPartsWhateverTheNumberOfTheirJobsAndTheLengthOfTheirTexts() {
        for (int i = 0; i < 50; i++) {
            queue.add(job("a", 1000, 300));
        }
        queue.add(job("b", 10_000, 10));
        Map<String, Integer> tokens = new HashMap<>();
        for (int i = 0; i < 2000; i++) {
            EmbeddingJob job = turn();
            tokens.merge(job.caller(), job.text(0).length, Integer::sum);
        }
        assertThat(Math.abs(tokens.getOrDefault("a", 0) - tokens.getOrDefault("b", 0)))
                .isLessThanOrEqualTo(300);
    }

    @Test
    void aFinishedCallerLeavesNothingBehindAndTheQueueEnds() {
        queue.add(job("a", 1, 1));
        turn();
        assertThat(queue.next(_ -> true)).isEmpty();
        assertThat(queue.remove(EmbeddingJob::isPlanned)).hasSize(1);
        assertThat(queue.isEmpty()).isTrue();
        assertThat(Arrays.asList(queue.size())).containsExactly(0);
    }

    @Test
    void rowsThatAreNotFiniteOrAllZeroGiveNoVector() {
        for (float[] row : new float[][] {{1, Float.POSITIVE_INFINITY}, {Float.NaN, 1}, {0, 0}}) {
            PooledText text =
                    new PooledText(
                            Pooling.MEAN, new BlockTable(pool, new PrefixIndex(pool), 1, ""), 2);
            text.take(row);
            assertThat(text.vector()).isEmpty();
        }
    }
}
