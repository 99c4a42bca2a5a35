package tramontane.engine;

import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** The end-of-generation tokens of a model; there are only a few. */
record EndTokens(int... all) {
    static EndTokens of(int vocabulary, IntPredicate endsAnswer) {
        return new EndTokens(IntStream.range(0, vocabulary).filter(endsAnswer).toArray());
    }

    boolean has(int token) {
        for (int end : all) {
            if (end == token) {
                return true;
            }
        }
        return false;
    }

    /** Sets their logits to minus infinity, so that none of them is sampled. */
    void mask(float[] logits) {
        for (int end : all) {
            logits[end] = Float.NEGATIVE_INFINITY;
        }
    }
}
