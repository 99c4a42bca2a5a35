package tramontane.cache;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** Which blocks are found for which prompts. Each letter stands for 16 equal tokens. */
class PrefixIndexTest {
    private static final int BLOCKS = 12;

    private final BlockPool pool = new BlockPool(BLOCKS);
    private final PrefixIndex index = new PrefixIndex(pool);

    private static int[] tokens(String letters) {
        int[] tokens = new int[letters.length() * BlockPool.BLOCK_TOKENS];
        Arrays.setAll(tokens, i -> letters.charAt(i / BlockPool.BLOCK_TOKENS));
        return tokens;
    }

    private BlockTable table(String namespace) {
        return new BlockTable(pool, index, 100, namespace);
    }

    /** Computes a sequence and releases its blocks. */
    private void compute(String namespace, String letters) {
        BlockTable table = table(namespace);
        int[] tokens = tokens(letters);
        table.matchPrefix(tokens, tokens.length);
        table.reserve(tokens.length);
        table.seal(tokens, tokens.length);
        table.release();
        pool.checkIntegrity();
    }

    /** Checks how many leading blocks of a prompt are found. */
    private void check(String namespace, String letters, int blocks) {
        // One more token: the last token of a prompt is never found.
        int[] tokens = tokens(letters + "?");
        int length = letters.length() * BlockPool.BLOCK_TOKENS + 1;
        int expected = blocks * BlockPool.BLOCK_TOKENS;
        BlockTable table = table(namespace);
        assertThat(table.knownPrefix(tokens, length)).as(letters).isEqualTo(expected);
        assertThat(table.matchPrefix(tokens, length)).as(letters).isEqualTo(expected);
        table.release();
        pool.checkIntegrity();
    }

    @Test
    void anEmptyIndexFindsNothing() {
        check("", "abc", 0);
    }

    @Test
    void promptsShareBlocksAsFarAsTheyAreEqual() {
        compute("", "abc");
        check("", "abc", 3);
        check("", "abcd", 3);
        check("", "ab", 2);
        check("", "abd", 2);
        check("", "xbc", 0);
    }

    @Test
    void equalTokensBehindDifferentOnesAreNotShared() {
        compute("", "abc");
        compute("", "xbc");
        check("", "abc", 3);
        check("", "xbc", 3);
        check("", "bc", 0);
        check("", "ybc", 0);
    }

    @Test
    void aRepeatedBlockIsFoundAtEachOfItsPositions() {
        compute("", "aaa");
        check("", "a", 1);
        check("", "aaa", 3);
        check("", "aaaa", 3);
    }

    @Test
    void namespacesShareNothing() {
        compute("one", "ab");
        check("two", "ab", 0);
        check("", "ab", 0);
        compute("two", "ab");
        check("one", "ab", 2);
        check("two", "ab", 2);
    }

    @Test
    void theLastTokenOfAPromptIsNeverFound() {
        compute("", "ab");
        int[] tokens = tokens("ab");
        assertThat(table("").knownPrefix(tokens, tokens.length)).isEqualTo(16);
        assertThat(table("").knownPrefix(tokens, 17)).isEqualTo(16);
        assertThat(table("").knownPrefix(tokens, 16)).isZero();
        assertThat(table("").knownPrefix(tokens, 1)).isZero();
    }

    @Test
    void anEqualBlockIsIndexedOnce() {
        int[] tokens = tokens("a");
        int first = pool.take(index);
        int second = pool.take(index);
        long identity = index.add(PrefixIndex.ROOT, "", tokens, 0, first);
        assertThat(index.add(PrefixIndex.ROOT, "", tokens, 0, second)).isEqualTo(identity);
        assertThat(index.find(PrefixIndex.ROOT, "", tokens, 0))
                .contains(new PrefixIndex.Entry(first, identity));
        pool.release(second);
        pool.release(first);
        pool.checkIntegrity();
    }

    @Test
    void tokensWithEqualHashesAreDistinguished() {
        int[] one = tokens("a");
        int[] other = one.clone();
        // Arrays.hashCode weighs an element by powers of 31.
        other[14] -= 1;
        other[15] += 31;
        assertThat(Arrays.hashCode(other)).isEqualTo(Arrays.hashCode(one));
        index.add(PrefixIndex.ROOT, "", one, 0, pool.take(index));
        assertThat(index.find(PrefixIndex.ROOT, "", one, 0)).isPresent();
        assertThat(index.find(PrefixIndex.ROOT, "", other, 0)).isEmpty();
    }

    @Test
    void evictionForgetsTheEndOfAPromptFirst() {
        compute("", "abcd");
        BlockTable other = table("");
        // Eight blocks are free; the ninth evicts block d, the tenth block c.
        other.reserve(9 * 16);
        check("", "abcd", 3);
        other.reserve(10 * 16);
        check("", "abcd", 2);
        other.reserve(12 * 16);
        check("", "abcd", 0);
        other.release();
        assertThat(pool.available()).isEqualTo(BLOCKS);
    }

    @Test
    void successorsOfAForgottenBlockAreNotFoundWhenItIsComputedAgain() {
        int[] tokens = tokens("ab");
        int a = pool.take(index);
        int b = pool.take(index);
        long identity = index.add(PrefixIndex.ROOT, "", tokens, 0, a);
        index.add(identity, "", tokens, 16, b);
        index.forget(a);
        long again = index.add(PrefixIndex.ROOT, "", tokens, 0, a);
        assertThat(again).isNotEqualTo(identity);
        assertThat(index.find(again, "", tokens, 16)).isEmpty();
    }
}
