package tramontane.embedding;

import java.util.Optional;
import tramontane.cache.BlockTable;
import tramontane.model.Pooling;

/**
 * The pooling of one text: takes its rows in order and makes its vector of them.
 *
 * <p>Sums are in double precision and in the order of the rows, so the steps in which the rows come
 * change nothing.
 */
final class PooledText {
    private final Pooling pooling;
    private final BlockTable blocks;
    private final double[] sum;

    PooledText(Pooling pooling, BlockTable blocks, int width) {
        this.pooling = pooling;
        this.blocks = blocks;
        this.sum = new double[width];
    }

    BlockTable blocks() {
        return blocks;
    }

    /** True if the pooling needs a row. */
    boolean wants(int position, int length) {
        return switch (pooling) {
            case MEAN -> true;
            case FIRST -> position == 0;
            case LAST -> position == length - 1;
        };
    }

    void take(float[] row) {
        for (int i = 0; i < sum.length; i++) {
            sum[i] += row[i];
        }
    }

    /**
     * The vector with length 1; empty if the model computed no usable numbers. The mean of rows has
     * the direction of their sum, so nothing is divided by their number.
     */
    Optional<float[]> vector() {
        double squares = 0;
        for (double each : sum) {
            squares += each * each;
        }
        double length = Math.sqrt(squares);
        if (length == 0 || !Double.isFinite(length)) {
            return Optional.empty();
        }
        float[] vector = new float[sum.length];
        for (int i = 0; i < sum.length; i++) {
            vector[i] = (float) (sum[i] / length);
        }
        return Optional.of(vector);
    }
}
