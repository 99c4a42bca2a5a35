package tramontane.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import tramontane.kernel.Exponential;
import tramontane.kernel.Lanes;

/**
 * The partial result of attention of one query head over some positions, before the division. It is
 * also stored in memory between the computation of a section and the join.
 *
 * <pre>
 * fp32[16]    sums: one lane per position of a tile
 * fp32[16]    the maximum, then 15 unused
 * fp32[size]  outputs
 * </pre>
 */
public final class AttentionSum {
    public final float[] sums = new float[Lanes.COUNT];
    public final float[] outputs;
    public float maximum;

    public AttentionSum(int size) {
        outputs = new float[size];
    }

    public static long bytes(int size) {
        return 4L * (2 * Lanes.COUNT + size);
    }

    void clear() {
        Arrays.fill(sums, 0f);
        Arrays.fill(outputs, 0f);
        maximum = Float.NEGATIVE_INFINITY;
    }

    /** Raises the maximum and rescales the sums and outputs to it. */
    void raise(float raised) {
        float factor = Exponential.exp(maximum - raised);
        for (int j = 0; j < sums.length; j++) {
            sums[j] *= factor;
        }
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] *= factor;
        }
        maximum = raised;
    }

    /** Joins the result of the next section. Both must have seen at least one position. */
    void join(AttentionSum later) {
        float raised = Math.max(maximum, later.maximum);
        float factor = Exponential.exp(later.maximum - raised);
        raise(raised);
        for (int j = 0; j < sums.length; j++) {
            sums[j] = Math.fma(later.sums[j], factor, sums[j]);
        }
        for (int i = 0; i < outputs.length; i++) {
            outputs[i] = Math.fma(later.outputs[i], factor, outputs[i]);
        }
    }

    /** Divides the outputs by the sum and writes them to {@code out}. Overwrites the sums. */
    void divide(MemorySegment out) {
        float sum = Lanes.sum(sums);
        for (int i = 0; i < outputs.length; i++) {
            out.setAtIndex(JAVA_FLOAT, i, outputs[i] / sum);
        }
    }

    public void store(MemorySegment memory) {
        MemorySegment.copy(sums, 0, memory, JAVA_FLOAT, 0, sums.length);
        memory.set(JAVA_FLOAT, 4L * Lanes.COUNT, maximum);
        MemorySegment.copy(outputs, 0, memory, JAVA_FLOAT, 8L * Lanes.COUNT, outputs.length);
    }

    void load(MemorySegment memory) {
        MemorySegment.copy(memory, JAVA_FLOAT, 0, sums, 0, sums.length);
        maximum = memory.get(JAVA_FLOAT, 4L * Lanes.COUNT);
        MemorySegment.copy(memory, JAVA_FLOAT, 8L * Lanes.COUNT, outputs, 0, outputs.length);
    }
}
