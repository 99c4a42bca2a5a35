package tramontane.token;

import java.util.Arrays;

/**
 * Merges neighbouring symbols, the best pair first and the leftmost of equal ones, until no pair
 * can be merged. Symbols have the index of their initial position and form a linked list. A merge
 * replaces the left symbol and removes the right one:
 *
 * <pre>
 *   index     0    1    2    3          next   1  3  -  4     (2 was merged into 1)
 *   bytes     h  | e  + l  | lo         from   0  1  -  3
 * </pre>
 *
 * <p>The priority queue holds {@code priority << 32 | left}. An entry is stale when its left symbol
 * was removed or has another best pair by now; stale entries are skipped when they are polled. So
 * the time is n log n.
 */
abstract sealed class Merges permits BpeMerges, SentencePieceMerges {
    static final long NONE = -1;
    private static final int GONE = -2;
    private static final int LAST = -1;

    private int[] symbols = new int[64];
    private int[] from = new int[64];
    private int[] next = new int[64];
    private int[] previous = new int[64];
    private long[] candidates = new long[64];
    private long[] queue = new long[64];
    private int size;
    private int end;
    private int queued;

    /**
     * The result of merging two neighbours as {@code priority << 32 | symbol}, or {@link #NONE}.
     * The lowest priority is merged first.
     *
     * @param start of the bytes of the left symbol
     * @param end of the bytes of the right symbol
     */
    abstract long candidate(int left, int right, int start, int end);

    final void clear() {
        size = 0;
        queued = 0;
    }

    /**
     * Appends a symbol with the bytes from {@code start} to {@code end}, where the next one starts.
     */
    final void add(int symbol, int start, int end) {
        if (size == symbols.length) {
            grow();
        }
        symbols[size] = symbol;
        from[size] = start;
        previous[size] = size - 1;
        if (size > 0) {
            next[size - 1] = size;
        }
        next[size++] = LAST;
        this.end = end;
    }

    final void run() {
        for (int i = 0; i + 1 < size; i++) {
            consider(i);
        }
        while (queued > 0) {
            long entry = poll();
            int left = (int) entry;
            if (symbols[left] != GONE
                    && candidates[left] != NONE
                    && candidates[left] >>> 32 == entry >>> 32) {
                merge(left);
            }
        }
    }

    final int size() {
        return size;
    }

    final boolean isGone(int index) {
        return symbols[index] == GONE;
    }

    final int symbol(int index) {
        return symbols[index];
    }

    final int start(int index) {
        return from[index];
    }

    final int end(int index) {
        return next[index] == LAST ? end : from[next[index]];
    }

    private void merge(int left) {
        int right = next[left];
        symbols[left] = (int) candidates[left];
        symbols[right] = GONE;
        next[left] = next[right];
        if (next[left] != LAST) {
            previous[next[left]] = left;
        }
        consider(left);
        if (previous[left] >= 0) {
            consider(previous[left]);
        }
    }

    private void consider(int left) {
        int right = next[left];
        candidates[left] =
                right == LAST
                        ? NONE
                        : candidate(symbols[left], symbols[right], from[left], end(right));
        if (candidates[left] != NONE) {
            offer(candidates[left] >>> 32 << 32 | left);
        }
    }

    private void grow() {
        int length = size * 2;
        symbols = Arrays.copyOf(symbols, length);
        from = Arrays.copyOf(from, length);
        next = Arrays.copyOf(next, length);
        previous = Arrays.copyOf(previous, length);
        candidates = Arrays.copyOf(candidates, length);
    }

    private void offer(long entry) {
        if (queued == queue.length) {
            queue = Arrays.copyOf(queue, queued * 2);
        }
        int hole = queued++;
        while (hole > 0 && queue[hole - 1 >> 1] > entry) {
            queue[hole] = queue[hole - 1 >> 1];
            hole = hole - 1 >> 1;
        }
        queue[hole] = entry;
    }

    private long poll() {
        long best = queue[0];
        long moved = queue[--queued];
        int hole = 0;
        for (int child = 1; child < queued; child = 2 * hole + 1) {
            if (child + 1 < queued && queue[child + 1] < queue[child]) {
                child++;
            }
            if (queue[child] >= moved) {
                break;
            }
            queue[hole] = queue[child];
            hole = child;
        }
        queue[hole] = moved;
        return best;
    }
}
