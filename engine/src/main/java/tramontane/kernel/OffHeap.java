package tramontane.kernel;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * Memory for weights and caches: 64-byte aligned, zeroed, on huge pages where the system has them,
 * and freed with its arena. With 4 KiB pages a quarter of the speed of decoding goes to page walks.
 */
public final class OffHeap {
    private static final long HUGE_PAGE = 2L << 20;

    private OffHeap() {}

    /** One piece of memory. Pieces below a huge page come from the arena itself. */
    public static MemorySegment allocate(long bytes, Arena arena) {
        if (bytes < HUGE_PAGE) {
            return arena.allocate(bytes, 64);
        }
        // The start is moved up to a huge page. The end is not: a huge page there would be mostly
        // unused.
        return Pages.map(bytes + HUGE_PAGE, arena)
                .map(pages -> {
                    MemorySegment aligned =
                            pages.asSlice(Math.floorMod(-pages.address(), HUGE_PAGE), bytes);
                    Pages.preferHugePages(aligned);
                    return aligned;
                })
                .orElseGet(() -> arena.allocate(bytes, 64));
    }

    /** Hands out memory that lives as long as {@code arena}. */
    public static SegmentAllocator in(Arena arena) {
        return (bytes, alignment) -> {
            if (alignment > HUGE_PAGE) {
                throw new IllegalArgumentException(
                        "alignment " + alignment + ", the limit is " + HUGE_PAGE);
            }
            return bytes < HUGE_PAGE
                    ? arena.allocate(bytes, Math.max(64, alignment))
                    : allocate(bytes, arena);
        };
    }
}
