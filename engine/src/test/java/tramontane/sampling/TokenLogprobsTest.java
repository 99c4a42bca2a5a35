package tramontane.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class TokenLogprobsTest {
    @Test
    void logprobsAreTheLogarithmOfTheSoftmax() {
        Random random = new Random(1);
        for (int vocabulary : new int[] {1, 2, 17, 3000}) {
            float[] logits = new float[vocabulary];
            for (int token = 0; token < vocabulary; token++) {
                // Rounded, so that some are equal.
                logits[token] = Math.round(random.nextGaussian() * 80) / 8f;
            }
            double sum = 0;
            for (float logit : logits) {
                sum += Math.exp(logit);
            }
            int token = random.nextInt(vocabulary);
            TokenLogprobs scored = TokenLogprobs.of(logits, token, 20);

            assertThat((double) scored.logprob())
                    .isCloseTo(logits[token] - Math.log(sum), within(1e-5));
            int[] best =
                    IntStream.range(0, vocabulary)
                            .boxed()
                            .sorted(Comparator.comparing((Integer each) -> -logits[each]))
                            .mapToInt(Integer::intValue)
                            .limit(20)
                            .toArray();
            assertThat(scored.topTokens()).isEqualTo(best);
            for (int i = 0; i < best.length; i++) {
                assertThat((double) scored.topLogprobs()[i])
                        .isCloseTo(logits[best[i]] - Math.log(sum), within(1e-5));
            }
        }
    }

    @Test
    void anImpossibleTokenHasAFiniteLogprob() {
        float[] logits = {1, Float.NEGATIVE_INFINITY, 1};
        assertThat(TokenLogprobs.of(logits, 1, 0).logprob()).isEqualTo(-9999);
        assertThat(TokenLogprobs.of(logits, 0, 0).topTokens()).isEmpty();
    }
}
