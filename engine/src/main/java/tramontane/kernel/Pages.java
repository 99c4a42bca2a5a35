package tramontane.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;
import java.util.Optional;

/**
 * Pages of memory from the operating system. On systems other than Linux, every request is refused.
 */
public final class Pages {
    private static final int READ_WRITE = 1 | 2;
    private static final int READ_EXECUTE = 1 | 4;
    private static final int PRIVATE_ANONYMOUS = 0x22;
    private static final int ADVICE_HUGE_PAGES = 14;
    private static final boolean LINUX =
            System.getProperty("os.name", "").toLowerCase(Locale.ROOT).contains("linux");

    private Pages() {}

    /** Maps zeroed pages, which are unmapped when the arena closes. */
    public static Optional<MemorySegment> map(long bytes, Arena arena) {
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

    // Unmapping our own mapping cannot fail.
    private static void unmap(MemorySegment pages) {
        Downcalls.munmap(pages.address(), pages.byteSize());
    }

    /** Makes pages executable and read-only; returns false if the host forbids that. */
    public static boolean makeExecutable(MemorySegment pages) {
        return Downcalls.mprotect(pages.address(), pages.byteSize(), READ_EXECUTE) == 0;
    }

    /** Asks for huge pages. A refusal only costs speed. */
    static void preferHugePages(MemorySegment pages) {
        Downcalls.madvise(pages.address(), pages.byteSize(), ADVICE_HUGE_PAGES);
    }
}
