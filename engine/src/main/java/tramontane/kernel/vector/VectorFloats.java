package tramontane.kernel.vector;

import static tramontane.kernel.vector.VectorWidth.FLOATS;
import static tramontane.kernel.vector.VectorWidth.LANES;

import jdk.incubator.vector.FloatVector;

/** Matmul of floating-point weights that are unpacked to fp32: one fma chain over the columns. */
final class VectorFloats {
    private static final int ROWS = VectorPanel.ROWS;

    private VectorFloats() {}

    /**
     * Continues the sums of eight rows of {@link VectorInputs#floats}, which start at {@code at}.
     */
    static void multiply(float[] panel, int columns, float[] inputs, int at, float[] sums) {
        int stride = VectorInputs.ROW_FLOATS;
        for (int lane = 0; lane < ROWS; lane += LANES) {
            FloatVector s0 = FloatVector.fromArray(FLOATS, sums, lane);
            FloatVector s1 = FloatVector.fromArray(FLOATS, sums, ROWS + lane);
            FloatVector s2 = FloatVector.fromArray(FLOATS, sums, 2 * ROWS + lane);
            FloatVector s3 = FloatVector.fromArray(FLOATS, sums, 3 * ROWS + lane);
            FloatVector s4 = FloatVector.fromArray(FLOATS, sums, 4 * ROWS + lane);
            FloatVector s5 = FloatVector.fromArray(FLOATS, sums, 5 * ROWS + lane);
            FloatVector s6 = FloatVector.fromArray(FLOATS, sums, 6 * ROWS + lane);
            FloatVector s7 = FloatVector.fromArray(FLOATS, sums, 7 * ROWS + lane);
            for (int k = 0; k < columns; k++) {
                FloatVector w = FloatVector.fromArray(FLOATS, panel, k * ROWS + lane);
                int x = at + k;
                s0 = FloatVector.broadcast(FLOATS, inputs[x]).fma(w, s0);
                s1 = FloatVector.broadcast(FLOATS, inputs[x + stride]).fma(w, s1);
                s2 = FloatVector.broadcast(FLOATS, inputs[x + 2 * stride]).fma(w, s2);
                s3 = FloatVector.broadcast(FLOATS, inputs[x + 3 * stride]).fma(w, s3);
                s4 = FloatVector.broadcast(FLOATS, inputs[x + 4 * stride]).fma(w, s4);
                s5 = FloatVector.broadcast(FLOATS, inputs[x + 5 * stride]).fma(w, s5);
                s6 = FloatVector.broadcast(FLOATS, inputs[x + 6 * stride]).fma(w, s6);
                s7 = FloatVector.broadcast(FLOATS, inputs[x + 7 * stride]).fma(w, s7);
            }
            s0.intoArray(sums, lane);
            s1.intoArray(sums, ROWS + lane);
            s2.intoArray(sums, 2 * ROWS + lane);
            s3.intoArray(sums, 3 * ROWS + lane);
            s4.intoArray(sums, 4 * ROWS + lane);
            s5.intoArray(sums, 5 * ROWS + lane);
            s6.intoArray(sums, 6 * ROWS + lane);
            s7.intoArray(sums, 7 * ROWS + lane);
        }
    }
}
