package tramontane.bench.sizing;

import java.util.Arrays;

/** Values by index, with the index of the smallest in constant time: a tournament of pairs. */
final class MinTree {
    private final int leaves;
    private final double[] values;
    private final int[] winners;

    MinTree(int count, double initial) {
        leaves = Math.max(1, Integer.highestOneBit(Math.max(1, count - 1)) * 2);
        values = new double[leaves];
        Arrays.fill(values, Double.POSITIVE_INFINITY);
        Arrays.fill(values, 0, count, initial);
        winners = new int[2 * leaves];
        for (int i = 0; i < leaves; i++) {
            winners[leaves + i] = i;
        }
        for (int node = leaves - 1; node >= 1; node--) {
            winners[node] = winner(node);
        }
    }

    /** Of two that are alike, the left one. */
    private int winner(int node) {
        int left = winners[2 * node];
        int right = winners[2 * node + 1];
        return values[left] <= values[right] ? left : right;
    }

    double get(int index) {
        return values[index];
    }

    void set(int index, double value) {
        values[index] = value;
        for (int node = (leaves + index) / 2; node >= 1; node /= 2) {
            winners[node] = winner(node);
        }
    }

    /**
     * Of those that are alike and smallest, the first one at this index or after it, and else the
     * first of all.
     */
    int firstFrom(int index) {
        int found = find(1, 0, leaves, index);
        return found >= 0 ? found : first();
    }

    private int find(int node, int begin, int end, int from) {
        if (end <= from || values[winners[node]] > min()) {
            return -1;
        }
        if (end - begin == 1) {
            return begin;
        }
        int middle = (begin + end) / 2;
        int left = find(2 * node, begin, middle, from);
        return left >= 0 ? left : find(2 * node + 1, middle, end, from);
    }

    int first() {
        return winners[1];
    }

    double min() {
        return values[winners[1]];
    }
}
