package tramontane.upstream;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** Which prompts have a beginning in common, and what an address remembers of them. */
class PromptPrefixesTest {
    private static long[] of(String key, String tools, String... messages) {
        String list = String.join("','", messages);
        return PromptPrefixes.of(
                        (ObjectNode)
                                JsonMapper.shared()
                                        .readTree(
                                                ("{'tools':['"
                                                                + tools
                                                                + "'],'messages':['"
                                                                + list
                                                                + "']}")
                                                        .replace('\'', '"')),
                        key)
                .hashes();
    }

    private static int common(long[] a, long[] b) {
        KnownPrefixes known = new KnownPrefixes();
        known.add(a);
        return known.matching(b);
    }

    @Test
    void promptsShareTheMessagesBeforeTheFirstDifference() {
        long[] first = of("k", "t", "a", "b", "c");
        assertThat(first).hasSize(3);
        assertThat(common(first, of("k", "t", "a", "b", "c", "d"))).isEqualTo(3);
        assertThat(common(first, of("k", "t", "a", "b", "x", "c"))).isEqualTo(2);
        assertThat(common(first, of("k", "t", "x", "b", "c"))).isZero();
        assertThat(common(first, of("k", "t", "ab", "c"))).isZero();
    }

    @Test
    void callersAndToolsAreApart() {
        long[] first = of("k", "t", "a", "b");
        assertThat(common(first, of("other", "t", "a", "b"))).isZero();
        assertThat(common(first, of("k", "other", "a", "b"))).isZero();
    }

    @Test
    void longMessagesShareTheirBeginning() {
        String text = "word ".repeat(4000);
        long[] first = of("k", "t", text + "x");
        assertThat(first.length).isBetween(9, 11);
        assertThat(common(first, of("k", "t", text + "y"))).isEqualTo(first.length - 1);
        // A text without an end takes no more memory than this.
        assertThat(of("k", "t", "word ".repeat(400_000))).hasSize(256);
    }

    @Test
    void theOldestBeginningsAreForgottenFirst() {
        KnownPrefixes known = new KnownPrefixes();
        long[] kept = {7, 7 + (1 << 12)};
        known.add(kept);
        for (long i = 2; i < 9; i++) {
            known.add(new long[] {7 + (i << 12)});
            assertThat(known.matching(new long[] {kept[0]})).as("%d newer ones", i).isOne();
            known.add(new long[] {kept[0]});
        }
        assertThat(known.matching(new long[] {kept[1]})).isZero();
        known.clear();
        assertThat(known.matching(kept)).isZero();
    }

    @Test
    void nothingMoreIsRememberedThanTheTableHolds() {
        KnownPrefixes known = new KnownPrefixes();
        long[] many = LongStream.rangeClosed(1, 3L * KnownPrefixes.MAX).toArray();
        known.add(many);
        long remembered =
                LongStream.of(many).filter(each -> known.matching(new long[] {each}) == 1).count();
        assertThat(remembered).isEqualTo(KnownPrefixes.MAX);
    }
}
