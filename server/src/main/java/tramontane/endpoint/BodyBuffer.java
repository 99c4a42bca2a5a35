package tramontane.endpoint;

import java.util.Arrays;
import tramontane.api.ApiException;

/**
 * Collects a body whose length is not known before it ends, or known but not yet trusted. It grows
 * with what arrives up to {@link BodyBudget#FREE_BYTES}; beyond, it takes memory for the longest
 * body that may come, and in the end gives back what was not needed.
 */
final class BodyBuffer {
    private static final int FIRST_BYTES = 4 << 10;

    private final BodyBudget.Share share;
    private final int most;
    private byte[] bytes = new byte[FIRST_BYTES];
    private int size;

    /**
     * @param most bytes of the body; the caller adds no more
     */
    BodyBuffer(BodyBudget.Share share, int most) {
        this.share = share;
        this.most = most;
    }

    int size() {
        return size;
    }

    /**
     * Adds some bytes, when there is memory for them.
     *
     * @throws ApiException 503 where there is none in time
     */
    void add(byte[] block, int count) throws ApiException, InterruptedException {
        if (size + count > bytes.length) {
            boolean free = size + count <= BodyBudget.FREE_BYTES;
            if (!free) {
                share.take(most);
            }
            int grown = Math.max(size + count, Math.min(2 * bytes.length, BodyBudget.FREE_BYTES));
            bytes = Arrays.copyOf(bytes, free ? grown : most);
        }
        System.arraycopy(block, 0, bytes, size, count);
        size += count;
    }

    /** All that was added. Nothing may be added any more. */
    byte[] whole() {
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }
}
