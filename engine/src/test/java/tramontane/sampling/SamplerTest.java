package tramontane.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Random;
import org.junit.jupiter.api.Test;
import tramontane.kernel.scalar.ScalarKernels;

class SamplerTest {
    private static final int DRAWS = 40_000;

    @Test
    void temperatureZeroTakesTheFirstMaximum() {
        assertThat(sample(new SamplingParams(0, 1, 0, 0, 0), 1, 3, 3, 2)).isEqualTo(1);
    }

    @Test
    void frequenciesFollowTheSoftmaxAtTheTemperature() {
        double[] wanted = softmax(2, 2, 1, 0, -1, 3);
        assertFrequencies(new SamplingParams(2, 1, 0, 0, 0), wanted, 2, 1, 0, -1, 3);
    }

    @Test
    void theNucleusIsTheSmallestSetThatReachesTopP() {
        // Probabilities 0.4, 0.3, 0.2, 0.1: 0.65 is reached by two, 0.7 exactly by two, 0.71 by
        // three.
        float[] logits = logs(0.3, 0.1, 0.4, 0.2);
        assertFrequencies(
                new SamplingParams(1, 0.65, 0, 0, 0),
                new double[] {3 / 7.0, 0, 4 / 7.0, 0},
                logits);
        assertFrequencies(
                new SamplingParams(1, 0.71, 0, 0, 0),
                new double[] {3 / 9.0, 0, 4 / 9.0, 2 / 9.0},
                logits);
        assertFrequencies(new SamplingParams(1, 1e-9, 0, 0, 0), new double[] {0, 0, 1, 0}, logits);
    }

    @Test
    void penaltiesCountTheTokensOfTheAnswer() {
        TokenCounts answer = new TokenCounts();
        for (int token : new int[] {2, 2, 2, 0}) {
            answer.add(token);
        }
        SamplingParams presence = new SamplingParams(0, 1, 0, 1, 0);
        SamplingParams frequency = new SamplingParams(0, 1, 0, 0, 1);
        assertThat(penalized(presence, answer, new float[] {0, 4.5f, 5})).isEqualTo(1);
        assertThat(penalized(presence, answer, new float[] {0, 3.5f, 5})).isEqualTo(2);
        assertThat(penalized(frequency, answer, new float[] {0, 2.5f, 5})).isEqualTo(1);
        assertThat(penalized(frequency, answer, new float[] {0, 1.5f, 5})).isEqualTo(2);
    }

    @Test
    void theNucleusOfALargeVocabularyEqualsASortOfAll() {
        Random random = new Random(1);
        int vocabulary = 5_000;
        Sampler sampler = new Sampler(vocabulary, new ScalarKernels());
        for (int round = 0; round < 50; round++) {
            float[] logits = new float[vocabulary];
            for (int token = 0; token < vocabulary; token++) {
                logits[token] = (float) (random.nextGaussian() * 4);
            }
            SamplingParams params = new SamplingParams(0.8, 0.9, round, 0, 0);
            int drawn = sampler.draw(logits.clone(), params, 0, round);
            double larger = 0;
            double all = 0;
            for (float logit : logits) {
                double weight = Math.exp(logit / 0.8);
                all += weight;
                larger += logit > logits[drawn] ? weight : 0;
            }
            assertThat(larger / all).as("mass of the tokens before the drawn one").isLessThan(0.9);
        }
    }

    @Test
    void topKOfTheVocabularySizeKeepsAll() {
        float[] logits = {1, 4, -2, 3, 3};
        Sampler sampler = new Sampler(logits.length, new ScalarKernels());
        for (int topK : new int[] {5, 6, Integer.MAX_VALUE}) {
            SamplingParams wide = new SamplingParams(2, 1, topK, 1, SamplingParams.Penalties.NONE);
            for (int position = 0; position < 200; position++) {
                assertThat(sampler.draw(logits, wide, 0, position))
                        .isEqualTo(
                                sampler.draw(
                                        logits, new SamplingParams(2, 1, 1, 0, 0), 0, position));
            }
        }
    }

    @Test
    void theDrawDependsOnSeedChoiceAndPosition() {
        double draw = CounterRandom.uniform(1, 2, 3);
        assertThat(CounterRandom.uniform(1, 2, 3)).isEqualTo(draw);
        assertThat(CounterRandom.uniform(2, 2, 3)).isNotEqualTo(draw);
        assertThat(CounterRandom.uniform(1, 3, 3)).isNotEqualTo(draw);
        assertThat(CounterRandom.uniform(1, 2, 4)).isNotEqualTo(draw);
    }

    @Test
    void exponentialIsWithinTwoUnitsInTheLastPlace() {
        Random random = new Random(1);
        for (int i = 0; i < 100_000; i++) {
            double x = -700 * Math.pow(random.nextDouble(), 3);
            double wanted = StrictMath.exp(x);
            assertThat(Exponential.exp(x)).isCloseTo(wanted, within(2 * Math.ulp(wanted)));
        }
        assertThat(Exponential.exp(0)).isEqualTo(1);
    }

    private static void assertFrequencies(SamplingParams params, double[] wanted, float... logits) {
        int[] counts = new int[logits.length];
        Sampler sampler = new Sampler(logits.length, new ScalarKernels());
        for (int position = 0; position < DRAWS; position++) {
            counts[sampler.draw(logits, params, 0, position)]++;
        }
        for (int token = 0; token < logits.length; token++) {
            double share = (double) counts[token] / DRAWS;
            if (wanted[token] == 0) {
                assertThat(share).isZero();
            } else {
                assertThat(share).isCloseTo(wanted[token], within(0.015));
            }
        }
    }

    private static int penalized(SamplingParams params, TokenCounts answer, float... logits) {
        Sampler sampler = new Sampler(logits.length, new ScalarKernels());
        sampler.penalize(logits, params, answer);
        return sampler.draw(logits, params, 0, 9);
    }

    private static int sample(SamplingParams params, float... logits) {
        return new Sampler(logits.length, new ScalarKernels()).draw(logits, params, 0, 0);
    }

    private static double[] softmax(double temperature, double... logits) {
        double[] shares = new double[logits.length];
        double total = 0;
        for (int i = 0; i < logits.length; i++) {
            shares[i] = Math.exp(logits[i] / temperature);
            total += shares[i];
        }
        for (int i = 0; i < logits.length; i++) {
            shares[i] /= total;
        }
        return shares;
    }

    private static float[] logs(double... shares) {
        float[] logits = new float[shares.length];
        for (int i = 0; i < shares.length; i++) {
            logits[i] = (float) Math.log(shares[i]);
        }
        return logits;
    }
}
