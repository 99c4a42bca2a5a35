package tramontane.kernel;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class OffHeapTest {
    @Test
    void piecesAreAlignedAndZeroedAndDoNotOverlap() {
        try (Arena arena = Arena.ofConfined()) {
            SegmentAllocator memory = OffHeap.in(arena);
            List<MemorySegment> pieces = new ArrayList<>();
            for (long bytes :
                    new long[] {1, 100, 5 << 20, 63 << 20, 64 << 20, 70 << 20, 3, 0, 64}) {
                MemorySegment piece = memory.allocate(bytes);
                assertThat(piece.byteSize()).isEqualTo(bytes);
                assertThat(piece.address() % 64).isZero();
                for (long at = 0; at < bytes; at += 4093) {
                    assertThat(piece.get(JAVA_BYTE, at)).isZero();
                }
                for (MemorySegment other : pieces) {
                    assertThat(piece.asOverlappingSlice(other)).isEmpty();
                }
                pieces.add(piece);
            }
            assertThat(memory.allocate(8, 4096).address() % 4096).isZero();
            assertThatThrownBy(() -> memory.allocate(8, 4L << 20))
                    .hasMessage("alignment 4194304, the limit is 2097152");
        }
    }

    @Test
    void memoryIsFreedWithItsArena() {
        MemorySegment large;
        MemorySegment small;
        try (Arena arena = Arena.ofConfined()) {
            large = OffHeap.allocate(3 << 20, arena);
            small = OffHeap.in(arena).allocate(10);
        }
        checkGone(large);
        checkGone(small);
    }

    private static void checkGone(MemorySegment memory) {
        assertThatThrownBy(() -> memory.get(JAVA_BYTE, 0))
                .isInstanceOf(IllegalStateException.class);
    }
}
