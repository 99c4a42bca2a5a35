package tramontane.kernel;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What attention of one query head over some positions has come to, before it is divided: scalar
 * code's form of it, and how it lies in memory between a section and the join.
 *
 * <pre>
 * fp32[16]    sums, a lane a position in its tile
 * fp32[16]    the maximum, 15 unused
 * fp32[size]  outputs
 * </pre>
 */
final class AttentionSum {
    final float[] sums = new float[Lanes.COUNT];
    final float[] outputs;
    float maximum;

    AttentionSum(int size) {
        outputs = new float[size];
    }

    static long bytes(int size) {
        return 4L * (2 * Lanes.COUNT + size);
    }

    void clear() {
        Arrays.fill(sums, 0f);
        Arrays.fill(outputs, 0f);
        maximum = Float.NEGATIVE_INFINITY;
    }

    /** Brings what was summed under the old maximum to the new one. */
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

    /** Joins what came of the positions behind these; neither may be without a position. */
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

    /** Overwrites the sums. */
    void divide(MemorySegment out) {
        float sum = Lanes.sum(sums);
        for (int i = 0; i < outputs.length; i++) {
            ScalarKernels.set(out, i, outputs[i] / sum);
        }
    }

    void store(MemorySegment memory) {
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
