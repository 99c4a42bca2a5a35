package tramontane.engine;

/** Logits that are NaN or infinite. An intact model never computes them. */
final class NonFiniteLogitsException extends RuntimeException {
    private static final long serialVersionUID = 1;

    NonFiniteLogitsException() {
        super(
                "the model computed no usable numbers, so its file is probably damaged; verify it"
                        + " or fetch it again");
    }

    static void check(float[] logits) {
        int max = 0;
        // Compared as integers, because the compiler vectorizes this loop.
        for (float logit : logits) {
            max = Math.max(max, Float.floatToRawIntBits(logit) & Integer.MAX_VALUE);
        }
        if (max >= Float.floatToRawIntBits(Float.POSITIVE_INFINITY)) {
            throw new NonFiniteLogitsException();
        }
    }
}
