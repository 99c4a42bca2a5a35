package tramontane.bench.sizing;

import java.util.SplittableRandom;

/** The distribution of a number of tokens. */
public sealed interface Lengths {
    /** A number of tokens, at least 1. */
    int draw(SplittableRandom random);

    /** The largest number, which a gateway must reckon with. */
    int max();

    record Fixed(int tokens) implements Lengths {
        @Override
        public int draw(SplittableRandom random) {
            return tokens;
        }

        @Override
        public int max() {
            return tokens;
        }
    }

    /** The logarithm is normal, as lengths of prompts and answers are in published traces. */
    record LogNormal(double median, double sigma, int max) implements Lengths {
        @Override
        public int draw(SplittableRandom random) {
            double tokens = median * Math.exp(sigma * random.nextGaussian());
            return Math.clamp(Math.round(tokens), 1, max);
        }
    }

    record Exponential(double mean, int max) implements Lengths {
        @Override
        public int draw(SplittableRandom random) {
            return Math.clamp(Math.round(mean * random.nextExponential()), 1, max);
        }
    }
}
