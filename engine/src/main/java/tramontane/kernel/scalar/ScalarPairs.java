package tramontane.kernel.scalar;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.MemorySegment;
import tramontane.kernel.Activations;
import tramontane.kernel.Bfloat16;
import tramontane.kernel.Fp32Rows;
import tramontane.kernel.MatmulShape;
import tramontane.kernel.PackedMatrix;

/**
 * The definition of products of bf16: what the instruction TDPBF16PS computes (Intel 64 manual,
 * volume 2). Blocks of 32 columns are added in ascending order:
 *
 * <pre>
 * even = fma(w[k], x[k], even)    for k = 0, 2, ... 30 of the block, from 0 on
 * odd  = fma(w[k], x[k], odd)     for k = 1, 3, ... 31, from 0 on
 * acc += even + odd
 * </pre>
 *
 * The bf16 form of activations is rows of fp32 here, with zeros up to a whole block.
 */
final class ScalarPairs {
    private ScalarPairs() {}

    static void round(Activations a, int from, int to) {
        for (int row = from; row < to; row++) {
            long in = (long) row * a.stride();
            long out = (long) row * a.roundedStride();
            for (int k = 0; k < a.columns(); k++) {
                set(a, out + k, a.values().getAtIndex(JAVA_FLOAT, in + k));
            }
        }
    }

    static void roundColumns(Fp32Rows x, Activations a, int block, int blocks) {
        MatmulShape.checkColumns(x, a, block, blocks);
        for (int row = 0; row < a.rows(); row++) {
            long in = (long) row * x.stride();
            long out = (long) row * a.roundedStride() + (long) block * Bfloat16.BLOCK;
            for (int k = 0; k < blocks * Bfloat16.BLOCK; k++) {
                set(a, out + k, x.values().getAtIndex(JAVA_FLOAT, in + k));
            }
        }
    }

    private static void set(Activations a, long index, float value) {
        a.rounded().setAtIndex(JAVA_FLOAT, index, Bfloat16.round(value));
    }

    static void multiply(PackedMatrix w, int group, Activations a, Fp32Rows out) {
        int blocks = Bfloat16.padded(w.columns()) / Bfloat16.BLOCK;
        MemorySegment weights = w.data().asSlice(group * w.groupBytes(), w.groupBytes());
        for (int row = 0; row < a.rows(); row++) {
            for (int r = 0; r < PackedMatrix.GROUP_ROWS; r++) {
                float acc = 0;
                for (int block = 0; block < blocks; block++) {
                    acc += block(weights, r, a, row, block);
                }
                out.values()
                        .setAtIndex(JAVA_FLOAT, (long) row * out.stride() + 16L * group + r, acc);
            }
        }
    }

    private static float block(MemorySegment weights, int r, Activations a, int row, int block) {
        float even = 0;
        float odd = 0;
        for (int pair = 0; pair < Bfloat16.BLOCK / 2; pair++) {
            long w = 2 * ((long) (block * Bfloat16.BLOCK / 2 + pair) * 16 + r);
            long x = (long) row * a.roundedStride() + block * Bfloat16.BLOCK + 2 * pair;
            even = Math.fma(weight(weights, w), a.rounded().getAtIndex(JAVA_FLOAT, x), even);
            odd = Math.fma(weight(weights, w + 1), a.rounded().getAtIndex(JAVA_FLOAT, x + 1), odd);
        }
        return even + odd;
    }

    private static float weight(MemorySegment weights, long index) {
        return Bfloat16.of(weights.getAtIndex(JAVA_SHORT, index));
    }
}
