package tramontane.engine;

/**
 * Logits that are NaN or infinite: nothing can be drawn from them, and no sound model gives them.
 */
final class UnsoundLogitsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    UnsoundLogitsException() {
        super(
                "the model computed no usable numbers, so its file is probably damaged; verify it"
                        + " or fetch it again");
    }

    static void check(float[] logits) {
        int largest = 0;
        // As integers, because then the compiler makes this a loop over vectors.
        for (float logit : logits) {
            largest = Math.max(largest, Float.floatToRawIntBits(logit) & Integer.MAX_VALUE);
        }
        if (largest >= Float.floatToRawIntBits(Float.POSITIVE_INFINITY)) {
            throw new UnsoundLogitsException();
        }
    }
}
