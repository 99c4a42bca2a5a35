package tramontane.model;

/**
 * Rotary position embedding (Su et al. 2021) of one kind of layer.
 *
 * @param frequencies radians per position for each rotated pair, scaling included
 * @param magnitude factor of all sines and cosines (YaRN's attention factor)
 */
record RopeConfig(double[] frequencies, double magnitude) {
    /** The scaling method that a file names. */
    sealed interface Scaling {
        record None() implements Scaling {}

        /** Positions divided by {@code factor} (Chen et al. 2023). */
        record Linear(double factor) implements Scaling {}

        /**
         * Interpolates slow pairs, leaves fast pairs unchanged, with a ramp between them (Peng et
         * al. 2023, "YaRN").
         */
        record Yarn(
                double factor,
                int originalContext,
                double betaFast,
                double betaSlow,
                double magnitude)
                implements Scaling {}
    }

    /**
     * @param rotated elements of a head that rotate, two per pair
     * @param factors a divisor for each pair's frequency (Llama 3.1); empty for none
     */
    static RopeConfig of(int rotated, double base, Scaling scaling, float[] factors) {
        double[] frequencies = new double[rotated / 2];
        for (int pair = 0; pair < frequencies.length; pair++) {
            double plain = StrictMath.pow(base, -2.0 * pair / rotated);
            if (factors.length > 0) {
                plain /= factors[pair];
            }
            frequencies[pair] =
                    switch (scaling) {
                        case Scaling.None() -> plain;
                        case Scaling.Linear(double factor) -> plain / factor;
                        case Scaling.Yarn yarn -> scaled(plain, pair, rotated, base, yarn);
                    };
        }
        return new RopeConfig(
                frequencies, scaling instanceof Scaling.Yarn yarn ? yarn.magnitude : 1);
    }

    private static double scaled(
            double plain, int pair, int rotated, double base, Scaling.Yarn yarn) {
        double low =
                Math.max(0, Math.floor(pairAt(yarn.betaFast, rotated, base, yarn.originalContext)));
        double high =
                Math.min(
                        rotated - 1,
                        Math.ceil(pairAt(yarn.betaSlow, rotated, base, yarn.originalContext)));
        double ramp = Math.clamp((pair - low) / Math.max(0.001, high - low), 0, 1);
        return plain * (1 - ramp) + plain / yarn.factor * ramp;
    }

    /**
     * The fractional index of the pair that makes {@code turns} rotations within the original
     * context.
     */
    private static double pairAt(double turns, int rotated, double base, int originalContext) {
        return rotated
                * StrictMath.log(originalContext / (turns * 2 * Math.PI))
                / (2 * StrictMath.log(base));
    }

    int rotated() {
        return 2 * frequencies.length;
    }
}
