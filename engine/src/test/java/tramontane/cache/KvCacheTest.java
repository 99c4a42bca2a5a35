package tramontane.cache;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import tramontane.kernel.AttentionShape;

class KvCacheTest {
    private static final int LAYERS = 3;
    private static final AttentionShape SHAPE = new AttentionShape(2, 2, 64, 1f, 0);

    @Test
    void everyPageOfTheNextBlocksIsProvidedAndNoOtherIsWritten() {
        try (Arena arena = Arena.ofConfined()) {
            int bytes = (int) KvCache.blockBytes(LAYERS, SHAPE);
            MemorySegment memory = arena.allocate(6L * bytes, 64);
            memory.fill((byte) 7);
            KvCache cache = new KvCache(memory, LAYERS, SHAPE);

            assertThat(cache.provide(1, 3)).isTrue();
            assertThat(cache.provide(1, 3)).isTrue();
            assertThat(cache.provide(1, 3)).isFalse();
            assertThat(writtenBlocks(memory, bytes)).containsExactly(1, 2);

            // Block 3 was taken meanwhile.
            assertThat(cache.provide(4, 5)).isTrue();
            assertThat(cache.provide(4, 5)).isFalse();
            assertThat(writtenBlocks(memory, bytes)).containsExactly(1, 2, 4);
        }
    }

    /** The blocks in which each page has been written. No block may be written in part. */
    private static int[] writtenBlocks(MemorySegment memory, int bytes) {
        return IntStream.range(0, 6)
                .filter(block -> {
                    long pages =
                            IntStream.range(0, Math.ceilDiv(bytes, 4096))
                                    .filter(page ->
                                            memory.get(
                                                            JAVA_BYTE,
                                                            (long) block * bytes + page * 4096L)
                                                    == 0)
                                    .count();
                    assertThat(pages).isIn(0L, (long) Math.ceilDiv(bytes, 4096));
                    return pages > 0;
                })
                .toArray();
    }
}
