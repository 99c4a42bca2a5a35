package tramontane.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** How a table grows, and which blocks two tables share. */
class BlockTableTest {
    private static final long BLOCK_BYTES = 1000;

    private final BlockPool pool = new BlockPool(8);
    private final PrefixIndex index = new PrefixIndex(pool);
    private final int[] tokens = new int[64];

    BlockTableTest() {
        Arrays.setAll(tokens, i -> i);
    }

    private BlockTable table() {
        return new BlockTable(pool, index, BLOCK_BYTES, "");
    }

    private static void checkMissing(BlockTable table, int tokens, int blocks) {
        assertThat(table.missing(tokens)).as("for %d tokens", tokens).isEqualTo(blocks);
    }

    @Test
    void aTableLacksOneBlockForEach16Tokens() {
        BlockTable table = table();
        checkMissing(table, 0, 0);
        checkMissing(table, 1, 1);
        checkMissing(table, 16, 1);
        checkMissing(table, 17, 2);
        table.reserve(17);
        assertThat(table.capacity()).isEqualTo(32);
        checkMissing(table, 1, 0);
        checkMissing(table, 32, 0);
        checkMissing(table, 33, 1);
    }

    @Test
    void offsetsAreMultiplesOfTheBlockSize() {
        BlockTable table = table();
        table.reserve(8 * 16);
        assertThat(Arrays.copyOf(table.offsets(), 8))
                .containsExactlyInAnyOrder(0, 1000, 2000, 3000, 4000, 5000, 6000, 7000);
    }

    @Test
    void onlyFullAndComputedBlocksAreShared() {
        BlockTable first = table();
        first.reserve(40);
        first.seal(tokens, 31);
        assertThat(table().knownPrefix(tokens, 64)).isEqualTo(16);
        first.seal(tokens, 40);
        BlockTable second = table();
        assertThat(second.matchPrefix(tokens, 64)).isEqualTo(32);
        second.reserve(40);
        assertThat(Arrays.copyOf(second.offsets(), 2)).isEqualTo(Arrays.copyOf(first.offsets(), 2));
        assertThat(second.offsets()[2]).isNotEqualTo(first.offsets()[2]);
        assertThat(pool.available()).isEqualTo(4);
    }

    @Test
    void aSharedBlockStaysWhenOneTableReleasesIt() {
        BlockTable first = table();
        first.reserve(16);
        first.seal(tokens, 16);
        BlockTable second = table();
        second.matchPrefix(tokens, 17);
        first.release();
        assertThat(pool.available()).isEqualTo(7);
        second.release();
        assertThat(pool.available()).isEqualTo(8);
        pool.checkIntegrity();
    }

    @Test
    void aReleasedTableCanBeFilledAgain() {
        BlockTable table = table();
        table.reserve(48);
        table.seal(tokens, 48);
        table.release();
        assertThat(table.capacity()).isZero();
        assertThat(table.matchPrefix(tokens, 64)).isEqualTo(48);
        table.reserve(64);
        table.seal(tokens, 64);
        pool.checkIntegrity();
    }
}
