package tramontane.model;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import tramontane.cache.BlockPool;
import tramontane.cache.BlockTable;
import tramontane.cache.KvCache;
import tramontane.cache.PrefixIndex;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.kernel.OffHeap;
import tramontane.kernel.Workers;

/** A model file with kernels that the test chooses, for tests of logits. */
final class TransformerUnderTest implements AutoCloseable {
    private static final String NAMESPACE = "";

    private final Arena arena = Arena.ofShared();
    private final GgufFile file;
    private final Workers workers;
    private final Transformer transformer;
    private final KvCache cache;
    private final BlockPool pool;
    private final PrefixIndex index;
    private final long blockBytes;
    private final int rows;
    private final float[] logits;

    /**
     * @param context positions of all sequences together
     * @param rows tokens that a step can hold
     */
    TransformerUnderTest(Path path, Kernels kernels, int threads, int context, int rows) {
        file = GgufFile.open(path);
        workers = new Workers(threads);
        this.rows = rows;
        ModelConfig config = ModelConfig.of(file);
        var memory = OffHeap.in(arena);
        Weights weights = Weights.load(WeightSource.of(file), config, kernels, workers, memory);
        transformer =
                new Transformer(
                        config,
                        weights,
                        kernels,
                        workers,
                        new Transformer.Limits(context, rows, rows),
                        memory);
        blockBytes = KvCache.blockBytes(config.layers(), config.kvShape());
        pool = new BlockPool(context / BlockPool.BLOCK_TOKENS);
        index = new PrefixIndex(pool);
        cache =
                new KvCache(
                        memory.allocate(blockBytes * pool.blocks(), 64),
                        config.layers(),
                        config.kvShape());
        logits = new float[weights.vocabulary()];
    }

    interface RowReader {
        /**
         * @param logProbabilities of the token after {@code position}
         */
        void read(int position, double[] logProbabilities);
    }

    /** Runs tokens and reports the rows from {@code first} on. */
    void run(int[] tokens, int first, RowReader reader) {
        run(
                new int[][] {tokens},
                rows,
                0,
                (_, position) -> {
                    if (position >= first) {
                        reader.read(position, logProbabilities());
                    }
                });
    }

    /** The logits of every position as bits, computed with {@code chunk} tokens per step. */
    int[][] bits(int[] tokens, int chunk) {
        return bits(new int[][] {tokens}, chunk, 0)[0];
    }

    /**
     * The same with the first {@code cached} tokens in the cache from an earlier run; their rows
     * are empty.
     */
    int[][] bitsAfter(int cached, int[] tokens, int chunk) {
        return bits(new int[][] {tokens}, chunk, cached)[0];
    }

    /** The logits of several sequences that are computed in the same steps. */
    int[][][] bits(int[][] sequences, int chunk, int cached) {
        int[][][] bits = new int[sequences.length][][];
        for (int i = 0; i < sequences.length; i++) {
            bits[i] = new int[sequences[i].length][];
        }
        run(sequences, chunk, cached, (sequence, position) -> bits[sequence][position] = bits());
        return bits;
    }

    /** Receives each row of logits once it is computed. */
    private interface Step {
        void computed(int sequence, int position);
    }

    private void run(int[][] sequences, int chunk, int cached, Step step) {
        BlockTable[] tables = new BlockTable[sequences.length];
        int longest = 0;
        for (int i = 0; i < sequences.length; i++) {
            int[] tokens = sequences[i];
            tables[i] = new BlockTable(pool, index, blockBytes, NAMESPACE);
            if (cached > 0 && tables[i].matchPrefix(tokens, tokens.length) != cached) {
                throw new AssertionError("the cache does not hold " + cached + " tokens");
            }
            tables[i].reserve(tokens.length);
            longest = Math.max(longest, tokens.length);
        }
        Batch batch = new Batch(rows, rows);
        for (int from = cached; from < longest; from += chunk) {
            step(sequences, tables, batch, from, chunk, step);
        }
        for (int i = 0; i < sequences.length; i++) {
            tables[i].seal(sequences[i], sequences[i].length);
            tables[i].release();
        }
    }

    private void step(
            int[][] sequences, BlockTable[] tables, Batch batch, int from, int chunk, Step step) {
        batch.clear();
        int[] firstRows = new int[sequences.length];
        for (int i = 0; i < sequences.length; i++) {
            int to = Math.min(sequences[i].length, from + chunk);
            if (from < to) {
                firstRows[i] = batch.add(tables[i], sequences[i], from, to, to - from);
            }
        }
        transformer.forward(batch, cache, () -> false);
        for (int i = 0; i < sequences.length; i++) {
            int to = Math.min(sequences[i].length, from + chunk);
            for (int position = from; position < to; position++) {
                transformer.logits(firstRows[i] + position - from, logits);
                step.computed(i, position);
            }
        }
    }

    private int[] bits() {
        int[] bits = new int[logits.length];
        for (int token = 0; token < bits.length; token++) {
            bits[token] = Float.floatToRawIntBits(logits[token]);
        }
        return bits;
    }

    private double[] logProbabilities() {
        double max = Double.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        double total = max + Math.log(sum);
        double[] rows = new double[logits.length];
        for (int token = 0; token < rows.length; token++) {
            rows[token] = logits[token] - total;
        }
        return rows;
    }

    @Override
    public void close() {
        workers.close();
        arena.close();
        file.close();
    }
}
