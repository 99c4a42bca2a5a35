package tramontane.engine;

import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/** The tokens with which a model ends its answer: a handful. */
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

    /** Makes all of them impossible. */
    void strike(float[] logits) {
        for (int end : all) {
            logits[end] = Float.NEGATIVE_INFINITY;
        }
    }
}
