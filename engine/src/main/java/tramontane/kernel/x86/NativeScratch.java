package tramontane.kernel.x86;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Off-heap memory that each thread keeps for emitted code. It is allocated on the first call, and
 * again when a call needs more, for example for a longer context.
 */
final class NativeScratch {
    private static final ThreadLocal<NativeScratch> OF_THREAD =
            ThreadLocal.withInitial(NativeScratch::new);

    private MemorySegment memory = MemorySegment.NULL;

    /** At least {@code bytes} bytes, 64-byte aligned; the next call may return the same memory. */
    static MemorySegment ofThread(long bytes) {
        return OF_THREAD.get().atLeast(bytes);
    }

    private MemorySegment atLeast(long bytes) {
        if (memory.byteSize() < bytes) {
            memory = Arena.ofAuto().allocate(Math.max(bytes, 2 * memory.byteSize()), 64);
        }
        return memory;
    }
}
