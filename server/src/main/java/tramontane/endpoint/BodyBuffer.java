package tramontane.endpoint;

import java.util.Arrays;
import tramontane.api.ApiException;

/**
 * Collects a body of unknown or untrusted length. It grows with the received bytes up to {@link
 * BodyBudget#FREE_BYTES}; then it acquires memory for the longest allowed body, and releases the
 * excess at the end.
 */
final class BodyBuffer {
    private static final int FIRST_BYTES = 4 << 10;

    private final BodyBudget.Share share;
    private final int most;
    private byte[] bytes = new byte[FIRST_BYTES];
    private int size;

    /**
     * @param most maximum bytes of the body; the caller adds no more
     */
    BodyBuffer(BodyBudget.Share share, int most) {
        this.share = share;
        this.most = most;
    }

    int size() {
        return size;
    }

    /**
     * Adds bytes, waiting for memory if necessary.
     *
     * @throws ApiException 503 if the memory is not available in time
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

    /** The complete body. Nothing may be added afterwards. */
    byte[] whole() {
        return size == bytes.length ? bytes : Arrays.copyOf(bytes, size);
    }
}
