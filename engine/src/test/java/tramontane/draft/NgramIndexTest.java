package tramontane.draft;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import tramontane.draft.NgramIndex.Match;

/** The index finds the same matches as a search through all positions. */
class NgramIndexTest {
    @Test
    void findsTheLongestMatchAndTheNearestOfSeveral() {
        Random random = new Random(1);
        for (int vocabulary : new int[] {2, 5, 40}) {
            // Fewer positions than one search compares, even where few different tokens repeat.
            int[] tokens = random.ints(vocabulary == 2 ? 250 : 1500, 0, vocabulary).toArray();
            NgramIndex index = new NgramIndex();
            for (int length = 1; length <= tokens.length; length++) {
                index.grow(tokens, length - 1);
                int near = random.nextInt(length + 1);
                Match found = index.find(tokens, tokens, length, near);
                assertThat(distance(found, near))
                        .as("%d tokens of %d", length, vocabulary)
                        .isEqualTo(distance(bruteForce(tokens, length, near), near));
            }
        }
    }

    @Test
    void tokensWithNothingInCommonHaveNoMatch() {
        NgramIndex index = new NgramIndex();
        int[] tokens = {1, 2, 3, 4, 5, 6};
        assertThat(index.find(tokens, tokens, 6, 0)).isEqualTo(Match.NONE);
        index.grow(tokens, 6);
        assertThat(index.find(tokens, new int[] {3, 2, 1}, 3, 0)).isEqualTo(Match.NONE);
        assertThat(index.find(tokens, new int[] {2, 3}, 2, 0)).isEqualTo(Match.NONE);
    }

    /** In a periodic text every position matches; one search must not compare all of them. */
    @Test
    void oneSearchComparesABoundedNumberOfPositions() {
        int[] tokens = new int[200_000];
        Arrays.setAll(tokens, at -> at % 3 == 0 ? 7 : 8 + at % 3);
        NgramIndex index = new NgramIndex();
        long start = System.nanoTime();
        for (int length = 100_000; length < tokens.length; length++) {
            index.grow(tokens, length - 1);
            assertThat(index.find(tokens, tokens, length, length).length())
                    .isEqualTo(NgramIndex.MAX_LENGTH);
        }
        // Comparing all positions would take minutes.
        assertThat(System.nanoTime() - start).isLessThan(20_000_000_000L);
    }

    private static int[] distance(Match place, int near) {
        return new int[] {place.length(), place.exists() ? Math.abs(place.end() - near) : 0};
    }

    private static Match bruteForce(int[] tokens, int length, int near) {
        Match best = Match.NONE;
        for (int at = length - 1; at >= NgramIndex.MIN_LENGTH; at--) {
            int common = 0;
            while (common < Math.min(NgramIndex.MAX_LENGTH, at)
                    && tokens[at - 1 - common] == tokens[length - 1 - common]) {
                common++;
            }
            if (common >= NgramIndex.MIN_LENGTH
                    && (common > best.length()
                            || common == best.length()
                                    && Math.abs(at - near) < Math.abs(best.end() - near))) {
                best = new Match(at, common);
            }
        }
        return best;
    }
}
