package tramontane.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The speed of several answers at once does not depend on which reader wakes first. */
class OverlapTest {
    private static final long STEP = 250_000_000;
    private static final long MAX_DELAY = 2_000_000;

    @Test
    void aStepCountsATokenForEachAnswerHoweverLateTheirReadersAre() {
        for (int tokens : new int[] {9, 10, 24}) {
            Random random = new Random(tokens);
            for (int round = 0; round < 100; round++) {
                List<Overlap.Arrivals> answers = new ArrayList<>();
                for (int i = 0; i < 8; i++) {
                    answers.add(arrivals(i, tokens, random));
                }
                Overlap overlap = Overlap.of(answers);
                double counted = answers.stream().mapToDouble(overlap::pieces).sum();
                double steps = tokens - 8;
                assertThat(counted / overlap.seconds())
                        .isCloseTo(8 / (STEP * 1e-9), within(0.2 / steps));
                assertThat(counted).isCloseTo(8 * steps, within(0.2));
            }
        }
    }

    /** The answer whose prompt is computed in step {@code first}; a step computes one prompt. */
    private static Overlap.Arrivals arrivals(int first, int tokens, Random random) {
        long[] pieces = new long[tokens];
        for (int i = 0; i < tokens; i++) {
            pieces[i] = (first + 1 + i) * STEP + random.nextLong(MAX_DELAY);
        }
        return new Overlap.Arrivals(0, pieces);
    }

    @Test
    void answersThatNeverRunTogetherCountWholly() {
        var one = new Overlap.Arrivals(5, new long[] {10, 20});
        var other = new Overlap.Arrivals(6, new long[] {30, 40});
        Overlap overlap = Overlap.of(List.of(one, other));
        assertThat(overlap).isEqualTo(new Overlap(5, 40));
        assertThat(overlap.pieces(one) + overlap.pieces(other)).isEqualTo(4);
    }
}
