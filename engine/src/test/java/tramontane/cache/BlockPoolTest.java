package tramontane.cache;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Reference counts, and the order in which blocks are taken again. */
class BlockPoolTest {
    private static final int BLOCKS = 4;

    private final BlockPool pool = new BlockPool(BLOCKS);
    private final PrefixIndex index = new PrefixIndex(pool);

    /**
     * Runs a script and checks the blocks that its takes return and how many are available then.
     * {@code +} takes a block; {@code r2}, {@code -2} and {@code i2} retain, release and index
     * block 2.
     */
    private void check(String script, String taken, int available) {
        List<String> blocks = new ArrayList<>();
        for (String step : script.split(" ")) {
            int block = step.length() > 1 ? Integer.parseInt(step.substring(1)) : -1;
            switch (step.charAt(0)) {
                case '+' -> blocks.add(String.valueOf(pool.take(index)));
                case 'r' -> pool.retain(block);
                case '-' -> pool.release(block);
                case 'i' -> index(block);
                default -> throw new IllegalArgumentException(step);
            }
            pool.checkIntegrity();
        }
        assertThat(String.join(" ", blocks)).as(script).isEqualTo(taken);
        assertThat(pool.available()).as("available after %s", script).isEqualTo(available);
    }

    /** Indexes a block with content that no other block has. */
    private void index(int block) {
        int[] tokens = new int[BlockPool.BLOCK_TOKENS];
        tokens[0] = block;
        index.add(PrefixIndex.ROOT, "", tokens, 0, block);
    }

    @Test
    void eachBlockIsTakenOnce() {
        check("+ + + +", "0 1 2 3", 0);
        assertThatThrownBy(() -> pool.take(index)).hasMessage("no block is available");
    }

    @Test
    void aReleasedBlockThatIsNotIndexedIsTakenNext() {
        check("+ + + -1 +", "0 1 2 1", 1);
    }

    @Test
    void blocksThatWereNeverTakenFollowAllOthers() {
        assertThat(pool.neverTaken()).isZero();
        check("+ + -0 +", "0 1 0", 2);
        assertThat(pool.neverTaken()).isEqualTo(2);
    }

    @Test
    void aBlockIsAvailableAfterItsLastRelease() {
        check("+ r0 r0 -0 -0", "0", 3);
        check("-0", "", 4);
    }

    @Test
    void freeBlocksAreTakenBeforeIdleOnes() {
        check("+ i0 -0 + + +", "0 1 2 3", 1);
    }

    @Test
    void theLeastRecentlyUsedIdleBlockIsTakenFirst() {
        check("+ + + + i0 i1 i2 i3 -2 -0 -3 -1 + + + +", "0 1 2 3 2 0 3 1", 0);
    }

    @Test
    void anIdleBlockThatIsRetainedBecomesTheMostRecentlyUsed() {
        check("+ + + + i0 i1 i2 -0 -1 -2 r0 -0 + + +", "0 1 2 3 1 2 0", 0);
    }

    @Test
    void idleBlocksCanBeRetainedFromBothEndsAndTheMiddle() {
        check("+ + + + i0 i1 i2 i3 -0 -1 -2 -3 r1 r3 r0 r2", "0 1 2 3", 0);
        check("-2 -1 + +", "2 1", 0);
    }

    @Test
    void aTakenIdleBlockIsForgotten() {
        check("+ + + + i0 -0 +", "0 1 2 3 0", 0);
        assertThat(index.find(PrefixIndex.ROOT, "", new int[BlockPool.BLOCK_TOKENS], 0)).isEmpty();
        // It has no content that anyone could find, so it becomes free.
        check("-0 +", "0", 0);
    }

    @Test
    void aBlockWithoutReferencesCannotBeReleased() {
        check("+ -0", "0", 4);
        assertThatThrownBy(() -> pool.release(0)).hasMessageContaining("no reference");
    }

    @Test
    void aPoolHasAtLeastOneBlock() {
        assertThatThrownBy(() -> new BlockPool(0)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void randomUseKeepsEveryBlockInOneState() {
        Random random = new Random(1);
        List<Integer> references = new ArrayList<>();
        for (int step = 0; step < 20_000; step++) {
            int choice = random.nextInt(4);
            if (choice == 0 && pool.available() > 0) {
                references.add(pool.take(index));
            } else if (choice > 0 && !references.isEmpty()) {
                int at = random.nextInt(references.size());
                int block = references.get(at);
                switch (choice) {
                    case 1 -> {
                        pool.retain(block);
                        references.add(block);
                    }
                    case 2 -> index(block);
                    default -> {
                        pool.release(block);
                        references.remove(at);
                    }
                }
            }
            pool.checkIntegrity();
            long referenced = references.stream().distinct().count();
            assertThat(pool.available()).isEqualTo(BLOCKS - (int) referenced);
        }
    }
}
