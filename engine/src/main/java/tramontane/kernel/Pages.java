package tramontane.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Optional;

/** Pages of memory from the system; on Linux only, elsewhere every request is declined. */
final class Pages {
    private static final int READ_WRITE = 1 | 2;
    private static final int READ_EXECUTE = 1 | 4;
    private static final int PRIVATE_ANONYMOUS = 0x22;
    private static final int ADVICE_HUGE_PAGES = 14;
    private static final boolean LINUX =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");

    private Pages() {}

    /** Fresh zeroed pages, given back when the arena closes. */
    static Optional<MemorySegment> map(long bytes, Arena arena) {
        if (!LINUX) {
            return Optional.empty();
        }
        long address = Downcalls.mmap(bytes, READ_WRITE, PRIVATE_ANONYMOUS);
        if (address == -1) {
            return Optional.empty();
        }
        return Optional.of(
                MemorySegment.ofAddress(address).reinterpret(bytes, arena, Pages::unmap));
    }

    // No refusal is possible for a mapping of our own.
    private static void unmap(MemorySegment pages) {
        Downcalls.munmap(pages.address(), pages.byteSize());
    }

    /**
     * Takes the right to write away and gives the right to execute; false where the host forbids
     * it.
     */
    static boolean makeExecutable(MemorySegment pages) {
        return Downcalls.mprotect(pages.address(), pages.byteSize(), READ_EXECUTE) == 0;
    }

    /** A hint, so a refusal does not matter: whatever pages come, the bytes are the same. */
    static void preferHugePages(MemorySegment pages) {
        Downcalls.madvise(pages.address(), pages.byteSize(), ADVICE_HUGE_PAGES);
    }
}
