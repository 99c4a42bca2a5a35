package tramontane.server;

import java.lang.foreign.MemorySegment;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import tramontane.kernel.scalar.ScalarKernels;

/**
 * Encodes nothing, neither texts nor pictures, until the test lets it. Tiny models that generate do
 * not use this operation.
 */
final class HeldKernels extends ScalarKernels {
    final CountDownLatch began = new CountDownLatch(1);
    final CountDownLatch released = new CountDownLatch(1);
    final AtomicInteger encoded = new AtomicInteger();

    @Override
    public void gelu(MemorySegment x, long count) {
        encoded.incrementAndGet();
        began.countDown();
        try {
            released.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        super.gelu(x, count);
    }
}
