package tramontane.model;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Optional;
import tramontane.kernel.Exponential;

/**
 * Chooses the experts of a token.
 *
 * <p>The logits are the fp32 product of the router's weights, converted to fp32 if they are stored
 * otherwise, and the token's fp32 row, summed over the columns in ascending order. A score is the
 * softmax or the sigmoid of a logit. The experts with the largest scores, each with its bias if the
 * model has biases, are chosen; of equal ones, that of the lower index is larger. Their weights are
 * their scores without the bias, divided by their sum if the model says so. Sums are taken in fp64
 * in ascending order of the experts.
 *
 * <p>With groups (DeepSeek-V3), only the experts of the best groups can be chosen: those with the
 * largest sums of their two largest scores, each with its bias.
 *
 * <p>A score that is NaN is chosen only if it is among the first ones. Then a weight is NaN, and so
 * is the row.
 */
final class Router {
    /** Keeps the quotient finite if all scores are 0. */
    private static final double TINY = 1e-20;

    private static final long ALL_GROUPS = -1;

    private final Routing routing;
    private final int experts;
    private final int used;

    /** The experts of each row, in ascending order: a row has {@code used} assignments. */
    private final int[] chosen;

    private final float[] weights;

    Router(ExpertConfig config, int maxRows) {
        routing = config.routing();
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

    /**
     * Chooses the experts of {@code row} from their logits. Threads may route different rows.
     *
     * @param logits replaced by the scores
     * @param bias added to the scores of the experts when they are compared
     */
    void route(int row, MemorySegment logits, Optional<MemorySegment> bias) {
        // Rounding can make two scores of a softmax equal whose logits are not.
        boolean byLogits = !routing.sigmoid() && routing.groups() == 1 && bias.isEmpty();
        if (!byLogits) {
            score(logits);
        }
        long groups = routing.groups() == 1 ? ALL_GROUPS : bestGroups(logits, bias);
        int inGroup = experts / routing.groups();
        int first = row * used;
        int found = 0;
        for (int expert = 0; expert < experts; expert++) {
            if ((groups >>> (expert / inGroup) & 1) == 0) {
                continue;
            }
            float score = biased(logits, bias, expert);
            if (found < used) {
                insert(first, found++, expert, score);
            } else if (score > weights[first + used - 1]) {
                insert(first, used - 1, expert, score);
            }
        }
        sortByExpert(first);
        if (byLogits) {
            score(logits);
        }
        weigh(first, logits);
    }

    /** Replaces logits by scores. */
    private void score(MemorySegment logits) {
        if (routing.sigmoid()) {
            for (int expert = 0; expert < experts; expert++) {
                set(logits, expert, 1 / (1 + Exponential.exp(-get(logits, expert))));
            }
            return;
        }
        float max = Float.NEGATIVE_INFINITY;
        for (int expert = 0; expert < experts; expert++) {
            max = Math.max(max, get(logits, expert));
        }
        double sum = 0;
        for (int expert = 0; expert < experts; expert++) {
            float exponential = Exponential.exp(get(logits, expert) - max);
            set(logits, expert, exponential);
            sum += exponential;
        }
        for (int expert = 0; expert < experts; expert++) {
            set(logits, expert, (float) (get(logits, expert) / sum));
        }
    }

    private static void set(MemorySegment values, int index, float value) {
        values.setAtIndex(ValueLayout.JAVA_FLOAT, index, value);
    }

    private static float get(MemorySegment values, int index) {
        return values.getAtIndex(ValueLayout.JAVA_FLOAT, index);
    }

    private static float biased(MemorySegment scores, Optional<MemorySegment> bias, int expert) {
        float score = get(scores, expert);
        return bias.isPresent() ? score + get(bias.get(), expert) : score;
    }

    /** A bit for each group whose experts can be chosen. */
    private long bestGroups(MemorySegment scores, Optional<MemorySegment> bias) {
        long best = 0;
        for (int i = 0; i < routing.groupsUsed(); i++) {
            int winner = -1;
            float winning = 0;
            for (int group = 0; group < routing.groups(); group++) {
                float sum = groupScore(group, scores, bias);
                if ((best >>> group & 1) == 0 && (winner < 0 || sum > winning)) {
                    winner = group;
                    winning = sum;
                }
            }
            best |= 1L << winner;
        }
        return best;
    }

    private float groupScore(int group, MemorySegment scores, Optional<MemorySegment> bias) {
        int inGroup = experts / routing.groups();
        float first = Float.NEGATIVE_INFINITY;
        float second = Float.NEGATIVE_INFINITY;
        for (int expert = group * inGroup; expert < (group + 1) * inGroup; expert++) {
            float score = biased(scores, bias, expert);
            second = Math.max(second, Math.min(first, score));
            first = Math.max(first, score);
        }
        return first + second;
    }

    /** Inserts an expert into {@code count} assignments in descending order, behind equal ones. */
    private void insert(int first, int count, int expert, float score) {
        int at = first + count;
        for (; at > first && score > weights[at - 1]; at--) {
            weights[at] = weights[at - 1];
            chosen[at] = chosen[at - 1];
        }
        weights[at] = score;
        chosen[at] = expert;
    }

    private void sortByExpert(int first) {
        for (int i = first + 1; i < first + used; i++) {
            int expert = chosen[i];
            int at = i;
            for (; at > first && chosen[at - 1] > expert; at--) {
                chosen[at] = chosen[at - 1];
            }
            chosen[at] = expert;
        }
    }

    private void weigh(int first, MemorySegment scores) {
        double sum = TINY;
        for (int i = first; i < first + used; i++) {
            sum += get(scores, chosen[i]);
        }
        double divisor = routing.normalised() ? sum : 1;
        for (int i = first; i < first + used; i++) {
            weights[i] = (float) (get(scores, chosen[i]) / divisor) * routing.scale();
        }
    }
}
