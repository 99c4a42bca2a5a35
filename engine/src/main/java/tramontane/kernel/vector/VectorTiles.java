package tramontane.kernel.vector;

import static tramontane.kernel.vector.VectorWidth.FLOATS;
import static tramontane.kernel.vector.VectorWidth.INTS;
import static tramontane.kernel.vector.VectorWidth.LANES;
import static tramontane.kernel.vector.VectorWidth.SHORTS;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;

/**
 * Multiplies one block of 16 unpacked rows of weights with eight rows of activations. A lane is a
 * row of the weights. An instance has the buffers of one thread.
 */
final class VectorTiles {
    private static final int ROWS = VectorPanel.ROWS;
    private static final int TILE_ROWS = VectorMatmul.TILE_ROWS;

    private final VectorPanel panel;
    private final VectorInputs inputs;
    private final float[] sums;
    private final short[] pairDots = new short[TILE_ROWS * 2 * ROWS];
    private final float[] dots = new float[TILE_ROWS * ROWS];

    /**
     * @param sums [8][16] sums that all methods add to
     */
    VectorTiles(VectorPanel panel, VectorInputs inputs, float[] sums) {
        this.panel = panel;
        this.inputs = inputs;
        this.sums = sums;
    }

    /**
     * Multiplies {@code count} of the 16 pairs of weight block {@code b}, from pair {@code first}
     * on, with block {@code input} of the activations, and adds the scaled result to the sums.
     *
     * @param scale offset of the weight scale in the block's scales
     */
    void addPairs(int b, int first, int count, int scale, int input) {
        int at = input * VectorInputs.PAIRS;
        multiplyPairs(b * VectorPanel.CODES + first * 2 * ROWS, count, at + first);
        finishPairs(
                at + VectorInputs.START,
                b * VectorPanel.SCALES + scale,
                input * VectorInputs.SCALES);
    }

    void addBytes(int b, int input) {
        multiplyFloats(b * VectorPanel.CODES, input * VectorInputs.FLOATS, 32);
        scale(b * VectorPanel.SCALES, input * VectorInputs.SCALES);
    }

    /** Adds the products of the first 16 columns, or of the last ({@code half} is 1). */
    void addHalfBytes(int b, int half, int input) {
        multiplyFloats(
                b * VectorPanel.CODES + half * 16 * ROWS,
                input * VectorInputs.FLOATS + half * 16,
                16);
        scale(b * VectorPanel.SCALES + half * ROWS, input * VectorInputs.SCALES);
    }

    void addMinimum(int b, int input) {
        int scaledSum = input * VectorInputs.SCALES + TILE_ROWS;
        addProducts(panel.scales, b * VectorPanel.SCALES + ROWS, inputs.scales, scaledSum, sums);
    }

    /** Adds the minimum of the first 16 columns, or of the last. */
    void addHalfMinimum(int b, int half, int input) {
        int minimum = b * VectorPanel.SCALES + (2 + half) * ROWS;
        int scaledSum = input * VectorInputs.SCALES + (2 + half) * TILE_ROWS;
        addProducts(panel.scales, minimum, inputs.scales, scaledSum, sums);
    }

    /**
     * Multiplies {@code count} pairs of codes, which start at {@code c}, with the inputs that start
     * at {@code q}.
     */
    private void multiplyPairs(int c, int count, int q) {
        short[] codes = panel.pairs;
        int[] pairs = inputs.pairs;
        short[] out = pairDots;
        for (int lane = 0; lane < 2 * ROWS; lane += 2 * LANES) {
            ShortVector s0 = ShortVector.zero(SHORTS);
            ShortVector s1 = s0;
            ShortVector s2 = s0;
            ShortVector s3 = s0;
            ShortVector s4 = s0;
            ShortVector s5 = s0;
            ShortVector s6 = s0;
            ShortVector s7 = s0;
            for (int k = 0; k < count; k++) {
                ShortVector w = ShortVector.fromArray(SHORTS, codes, c + k * 2 * ROWS + lane);
                int a = q + k;
                s0 = w.mul(IntVector.broadcast(INTS, pairs[a]).reinterpretAsShorts()).add(s0);
                s1 = w.mul(IntVector.broadcast(INTS, pairs[a + 16]).reinterpretAsShorts()).add(s1);
                s2 = w.mul(IntVector.broadcast(INTS, pairs[a + 32]).reinterpretAsShorts()).add(s2);
                s3 = w.mul(IntVector.broadcast(INTS, pairs[a + 48]).reinterpretAsShorts()).add(s3);
                s4 = w.mul(IntVector.broadcast(INTS, pairs[a + 64]).reinterpretAsShorts()).add(s4);
                s5 = w.mul(IntVector.broadcast(INTS, pairs[a + 80]).reinterpretAsShorts()).add(s5);
                s6 = w.mul(IntVector.broadcast(INTS, pairs[a + 96]).reinterpretAsShorts()).add(s6);
                s7 = w.mul(IntVector.broadcast(INTS, pairs[a + 112]).reinterpretAsShorts()).add(s7);
            }
            s0.intoArray(out, lane);
            s1.intoArray(out, 1 * 2 * ROWS + lane);
            s2.intoArray(out, 2 * 2 * ROWS + lane);
            s3.intoArray(out, 3 * 2 * ROWS + lane);
            s4.intoArray(out, 4 * 2 * ROWS + lane);
            s5.intoArray(out, 5 * 2 * ROWS + lane);
            s6.intoArray(out, 6 * 2 * ROWS + lane);
            s7.intoArray(out, 7 * 2 * ROWS + lane);
        }
    }

    /**
     * Adds the two shorts of each int lane and the start value of each row, and scales the result
     * like {@link #scale}.
     */
    private void finishPairs(int start, int d, int a) {
        short[] pairDots = this.pairDots;
        int[] starts = inputs.pairs;
        float[] weightScales = panel.scales;
        float[] inputScales = inputs.scales;
        float[] sums = this.sums;
        for (int lane = 0; lane < ROWS; lane += LANES) {
            FloatVector weightScale = FloatVector.fromArray(FLOATS, weightScales, d + lane);
            for (int r = 0; r < TILE_ROWS; r++) {
                int i = r * ROWS + lane;
                IntVector both = ShortVector.fromArray(SHORTS, pairDots, 2 * i).reinterpretAsInts();
                IntVector dot =
                        both.lanewise(VectorOperators.LSHL, 16)
                                .lanewise(VectorOperators.ASHR, 16)
                                .add(both.lanewise(VectorOperators.ASHR, 16))
                                .add(starts[start + r]);
                weightScale
                        .mul(inputScales[a + r])
                        .fma(
                                dot.convert(VectorOperators.I2F, 0),
                                FloatVector.fromArray(FLOATS, sums, i))
                        .intoArray(sums, i);
            }
        }
    }

    /** {@code sums = fma(d * a, dots, sums)}. */
    private void scale(int d, int a) {
        float[] dots = this.dots;
        float[] weightScales = panel.scales;
        float[] inputScales = inputs.scales;
        float[] sums = this.sums;
        for (int lane = 0; lane < ROWS; lane += LANES) {
            FloatVector weightScale = FloatVector.fromArray(FLOATS, weightScales, d + lane);
            for (int r = 0; r < TILE_ROWS; r++) {
                int i = r * ROWS + lane;
                weightScale
                        .mul(inputScales[a + r])
                        .fma(
                                FloatVector.fromArray(FLOATS, dots, i),
                                FloatVector.fromArray(FLOATS, sums, i))
                        .intoArray(sums, i);
            }
        }
    }

    private static void addProducts(
            float[] minimums, int m, float[] scaledSums, int s, float[] sums) {
        for (int lane = 0; lane < ROWS; lane += LANES) {
            FloatVector minimum = FloatVector.fromArray(FLOATS, minimums, m + lane);
            for (int r = 0; r < TILE_ROWS; r++) {
                int i = r * ROWS + lane;
                FloatVector scaledSum = FloatVector.broadcast(FLOATS, scaledSums[s + r]);
                minimum.fma(scaledSum, FloatVector.fromArray(FLOATS, sums, i)).intoArray(sums, i);
            }
        }
    }

    /** Multiplies {@code count} columns of codes, from {@code c} on, with inputs from {@code q}. */
    private void multiplyFloats(int c, int q, int count) {
        float[] codes = panel.floats;
        float[] inputs = this.inputs.floats;
        float[] out = dots;
        for (int lane = 0; lane < ROWS; lane += LANES) {
            FloatVector s0 = FloatVector.zero(FLOATS);
            FloatVector s1 = s0;
            FloatVector s2 = s0;
            FloatVector s3 = s0;
            FloatVector s4 = s0;
            FloatVector s5 = s0;
            FloatVector s6 = s0;
            FloatVector s7 = s0;
            for (int k = 0; k < count; k++) {
                FloatVector w = FloatVector.fromArray(FLOATS, codes, c + k * ROWS + lane);
                int a = q + k;
                s0 = FloatVector.broadcast(FLOATS, inputs[a]).fma(w, s0);
                s1 = FloatVector.broadcast(FLOATS, inputs[a + 32]).fma(w, s1);
                s2 = FloatVector.broadcast(FLOATS, inputs[a + 64]).fma(w, s2);
                s3 = FloatVector.broadcast(FLOATS, inputs[a + 96]).fma(w, s3);
                s4 = FloatVector.broadcast(FLOATS, inputs[a + 128]).fma(w, s4);
                s5 = FloatVector.broadcast(FLOATS, inputs[a + 160]).fma(w, s5);
                s6 = FloatVector.broadcast(FLOATS, inputs[a + 192]).fma(w, s6);
                s7 = FloatVector.broadcast(FLOATS, inputs[a + 224]).fma(w, s7);
            }
            s0.intoArray(out, lane);
            s1.intoArray(out, 1 * ROWS + lane);
            s2.intoArray(out, 2 * ROWS + lane);
            s3.intoArray(out, 3 * ROWS + lane);
            s4.intoArray(out, 4 * ROWS + lane);
            s5.intoArray(out, 5 * ROWS + lane);
            s6.intoArray(out, 6 * ROWS + lane);
            s7.intoArray(out, 7 * ROWS + lane);
        }
    }
}
