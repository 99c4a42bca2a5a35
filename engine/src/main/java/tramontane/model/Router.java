package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import tramontane.kernel.Exponential;

/**
 * Chooses the experts of a token.
 *
 * <p>The logits are the fp32 product of the router's weights, converted to fp32 if they are stored
 * otherwise, and the token's fp32 row, summed over the columns in ascending order. The experts with
 * the largest logits are chosen; of equal logits, that of the lower index is larger. Their weights
 * are the softmax of their logits, whose sum is taken in fp64 in ascending order of the experts:
 * the same as a softmax over all experts, of which the chosen ones are divided by their sum.
 *
 * <p>A logit that is NaN is chosen only if it is among the first ones. Then all weights are NaN,
 * and so is the row.
 */
final class Router {
    private final int experts;
    private final int used;

    /** The experts of each row, in ascending order: a row has {@code used} assignments. */
    private final int[] chosen;

    private final float[] weights;

    Router(ExpertConfig config, int maxRows) {
        experts = config.count();
        used = config.used();
        chosen = new int[maxRows * used];
        weights = new float[maxRows * used];
    }

    /** The expert of an assignment; row {@code m} has those from {@code m * used} on. */
    int expert(int assignment) {
        return chosen[assignment];
    }

    float weight(int assignment) {
        return weights[assignment];
    }

    /** Chooses the experts of {@code row} from their logits. Threads may route different rows. */
    void route(int row, MemorySegment logits) {
        int first = row * used;
        int found = 0;
        for (int expert = 0; expert < experts; expert++) {
            float logit = logits.getAtIndex(ValueLayout.JAVA_FLOAT, expert);
            if (found < used) {
                insert(first, found++, expert, logit);
            } else if (logit > weights[first + used - 1]) {
                insert(first, used - 1, expert, logit);
            }
        }
        float max = weights[first];
        sortByExpert(first);
        double sum = 0;
        for (int i = first; i < first + used; i++) {
            weights[i] = Exponential.exp(weights[i] - max);
            sum += weights[i];
        }
        for (int i = first; i < first + used; i++) {
            weights[i] = (float) (weights[i] / sum);
        }
    }

    /** Inserts an expert into {@code count} assignments in descending order, behind equal ones. */
    private void insert(int first, int count, int expert, float logit) {
        int at = first + count;
        for (; at > first && logit > weights[at - 1]; at--) {
            weights[at] = weights[at - 1];
            chosen[at] = chosen[at - 1];
        }
        weights[at] = logit;
        chosen[at] = expert;
    }

    private void sortByExpert(int first) {
        for (int i = first + 1; i < first + used; i++) {
            int expert = chosen[i];
            float weight = weights[i];
            int at = i;
            for (; at > first && chosen[at - 1] > expert; at--) {
                chosen[at] = chosen[at - 1];
                weights[at] = weights[at - 1];
            }
            chosen[at] = expert;
            weights[at] = weight;
        }
    }
}
