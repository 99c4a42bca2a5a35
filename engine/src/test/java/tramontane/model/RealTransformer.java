package tramontane.model;

import java.lang.foreign.Arena;
import java.nio.file.Path;
import tramontane.cache.BlockPool;
import tramontane.cache.BlockTable;
import tramontane.cache.KvCache;
import tramontane.cache.PrefixIndex;
import tramontane.gguf.GgufFile;
import tramontane.kernel.KernelChoice;
import tramontane.kernel.Kernels;
import tramontane.kernel.OffHeap;
import tramontane.kernel.Workers;

/** A model file under the machine's best kernels, for tests that look at log-probabilities. */
final class RealTransformer implements AutoCloseable {
    private static final int CONTEXT = 1024;
    private static final int ROWS = 64;

    private final Arena arena = Arena.ofShared();
    private final GgufFile file;
    private final Workers workers = new Workers(2);
    private final Transformer transformer;
    private final KvCache cache;
    private final long blockBytes;
    private final float[] logits;

    RealTransformer(Path path) {
        file = GgufFile.open(path);
        ModelConfig config = ModelConfig.of(file);
        var memory = OffHeap.in(arena);
        Kernels kernels = KernelChoice.of("");
        Weights weights = Weights.load(file, config, kernels, workers, memory);
        transformer =
                new Transformer(
                        config,
                        weights,
                        kernels,
                        workers,
                        new Transformer.Limits(CONTEXT, ROWS, ROWS),
                        memory);
        blockBytes = KvCache.blockBytes(config.layers(), config.kvShape());
        cache =
                new KvCache(
                        memory.allocate(blockBytes * CONTEXT / BlockPool.BLOCK_TOKENS, 64),
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

    /** Runs tokens and shows the rows from {@code first} on. */
    void run(int[] tokens, int first, RowReader reader) {
        BlockPool pool = new BlockPool(CONTEXT / BlockPool.BLOCK_TOKENS);
        BlockTable table = new BlockTable(pool, new PrefixIndex(pool), blockBytes, "");
        table.reserve(tokens.length);
        Batch batch = new Batch(ROWS, ROWS);
        for (int from = 0; from < tokens.length; from += ROWS) {
            int to = Math.min(tokens.length, from + ROWS);
            batch.clear();
            batch.add(table, tokens, from, to, to - from);
            transformer.forward(batch, cache, () -> false);
            for (int position = Math.max(from, first); position < to; position++) {
                transformer.logits(position - from, logits);
                reader.read(position, logProbabilities());
            }
        }
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
