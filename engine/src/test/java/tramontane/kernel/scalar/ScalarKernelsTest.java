package tramontane.kernel.scalar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.data.Offset.offset;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import tramontane.kernel.AttentionShape;
import tramontane.kernel.Kernels;
import tramontane.kernel.Lanes;
import tramontane.kernel.LayerNorm;
import tramontane.kernel.Matrices;
import tramontane.kernel.RmsNorm;
import tramontane.kernel.RopeShape;

/** Compares the definitions with textbook formulas in double precision. */
class ScalarKernelsTest {
    private final Kernels kernels = new ScalarKernels();

    @Test
    void lanesAreAddedEightFourTwoAndOneApart() {
        float[] lanes = new float[16];
        for (int i = 0; i < 16; i++) {
            lanes[i] = i == 0 ? 0x1p24f : 1f;
        }
        // Added from left to right, 2^24 would absorb every 1. The tree loses only the first.
        assertThat(Lanes.sum(lanes)).isEqualTo(0x1p24f + 14f);
    }

    @Test
    void rmsNormDividesByTheRootMeanSquare() {
        for (int columns : new int[] {1, 15, 16, 17, 33, 576}) {
            int stride = columns + 3;
            MemorySegment x = Matrices.random(3L * stride, columns);
            MemorySegment weight = Matrices.random(columns, columns + 1);
            MemorySegment out = Matrices.zeros(3L * stride);
            RmsNorm norm = new RmsNorm(weight, columns, 1e-5f);
            kernels.rmsNorm(norm, x, out, stride, 3);
            float[] in = Matrices.floats(x);
            for (int row = 0; row < 3; row++) {
                double squares = 0;
                for (int i = 0; i < columns; i++) {
                    squares += (double) in[row * stride + i] * in[row * stride + i];
                }
                for (int i = 0; i < columns; i++) {
                    double expected =
                            in[row * stride + i]
                                    / Math.sqrt(squares / columns + 1e-5f)
                                    * Matrices.floats(weight)[i];
                    assertClose(Matrices.floats(out)[row * stride + i], expected, 1e-6);
                }
                assertThat(Matrices.floats(out)[row * stride + columns]).isZero();
            }
            MemorySegment inPlace = Matrices.copy(x);
            kernels.rmsNorm(norm, inPlace, inPlace, stride, 3);
            assertThat(row(inPlace, 2 * stride, columns)).isEqualTo(row(out, 2 * stride, columns));
        }
    }

    @Test
    void layerNormCentresAndDividesByTheStandardDeviation() {
        for (int columns : new int[] {1, 15, 16, 17, 33, 384}) {
            int stride = columns + 3;
            MemorySegment x = Matrices.random(3L * stride, columns);
            kernels.add(x, Matrices.of(5f), 1);
            float[] weight = Matrices.floats(Matrices.random(columns, columns + 1));
            float[] bias = Matrices.floats(Matrices.random(columns, columns + 2));
            MemorySegment out = Matrices.zeros(3L * stride);
            LayerNorm norm = new LayerNorm(Matrices.of(weight), Matrices.of(bias), columns, 1e-5f);
            kernels.layerNorm(norm, x, out, stride, 3);
            float[] in = Matrices.floats(x);
            for (int row = 0; row < 3; row++) {
                double mean = 0;
                double squares = 0;
                for (int i = 0; i < columns; i++) {
                    mean += in[row * stride + i] / (double) columns;
                }
                for (int i = 0; i < columns; i++) {
                    squares += Math.pow(in[row * stride + i] - mean, 2);
                }
                for (int i = 0; i < columns; i++) {
                    double expected =
                            (in[row * stride + i] - mean)
                                            / Math.sqrt(squares / columns + 1e-5f)
                                            * weight[i]
                                    + bias[i];
                    assertThat((double) Matrices.floats(out)[row * stride + i])
                            .isCloseTo(expected, offset(2e-6));
                }
                assertThat(Matrices.floats(out)[row * stride + columns]).isZero();
            }
            MemorySegment inPlace = Matrices.copy(x);
            kernels.layerNorm(norm, inPlace, inPlace, stride, 3);
            assertThat(row(inPlace, 2 * stride, columns)).isEqualTo(row(out, 2 * stride, columns));
        }
    }

    @Test
    void geluIsTheProductWithTheNormalDistribution() {
        // torch.nn.functional.gelu(x) in float64.
        float[] in = {0f, -0f, 1f, -1f, 2.5f, -2.5f, 0.1f, -0.1f, -5f, 9f, -40f, 1e18f};
        double[] expected = {
            0,
            0,
            0.841344746068543,
            -0.15865525393145702,
            2.4844758366855597,
            -0.015524163314440398,
            0.053982783727702904,
            -0.0460172162722971,
            -1.4332578593401202e-06,
            9,
            0,
            1e18f
        };
        MemorySegment x = Matrices.of(in);
        kernels.gelu(x, in.length);
        for (int i = 0; i < in.length; i++) {
            assertThat((double) Matrices.floats(x)[i])
                    .as("gelu(%s)", in[i])
                    .isCloseTo(expected[i], offset(4e-7 * Math.max(1, Math.abs(expected[i]))));
        }
    }

    @Test
    void sumsAndProductsChangeOnlyTheirElements() {
        MemorySegment x = Matrices.of(1, 2, 3, 4, 5);
        kernels.add(x, Matrices.of(10, 20, 30, 40, 50), 4);
        assertThat(Matrices.floats(x)).containsExactly(11, 22, 33, 44, 5);
        kernels.scale(x, 2f, 3);
        assertThat(Matrices.floats(x)).containsExactly(22, 44, 66, 44, 5);
        kernels.addBias(x, 3, Matrices.of(1, -1), 2, 2);
        assertThat(Matrices.floats(x)).containsExactly(23, 43, 66, 45, 4);
    }

    @Test
    void gatesAreActivatedAndThenMultiplied() {
        MemorySegment silu = Matrices.of(0f, 1f, -2f, 7f);
        kernels.siluMultiply(silu, Matrices.of(3f, 2f, 1f, 1f), 3);
        assertClose(Matrices.floats(silu)[1], 2 / (1 + Math.exp(-1)), 1e-6);
        assertClose(Matrices.floats(silu)[2], -2 / (1 + Math.exp(2)), 1e-6);
        assertThat(Matrices.floats(silu)[0]).isZero();
        assertThat(Matrices.floats(silu)[3]).isEqualTo(7f);
        MemorySegment gelu = Matrices.of(1f, -2f);
        kernels.geluMultiply(gelu, Matrices.of(2f, 1f), 2);
        // From the tanh form, computed with an independent calculator.
        assertClose(Matrices.floats(gelu)[0], 2 * 0.8411919906082768, 1e-6);
        assertClose(Matrices.floats(gelu)[1], -0.04540230591222494, 1e-5);
    }

    @Test
    void ropeRotatesEachPairByItsAngle() {
        for (boolean neox : new boolean[] {true, false}) {
            int headSize = 48;
            int rotated = 32;
            MemorySegment row = Matrices.random(3 * headSize, 5);
            float[] before = Matrices.floats(row);
            MemorySegment table = Matrices.zeros(rotated);
            for (int i = 0; i < rotated / 2; i++) {
                ScalarKernels.set(table, i, (float) Math.cos(0.1 * i));
                ScalarKernels.set(table, rotated / 2 + i, (float) Math.sin(0.1 * i));
            }
            kernels.rope(new RopeShape(headSize, rotated, neox), row, 3, table);
            float[] after = Matrices.floats(row);
            for (int head = 0; head < 3; head++) {
                for (int i = 0; i < rotated / 2; i++) {
                    int a = head * headSize + (neox ? i : 2 * i);
                    int b = neox ? a + rotated / 2 : a + 1;
                    assertClose(
                            after[a],
                            before[a] * Math.cos(0.1 * i) - before[b] * Math.sin(0.1 * i),
                            1e-6);
                    assertClose(
                            after[b],
                            before[a] * Math.sin(0.1 * i) + before[b] * Math.cos(0.1 * i),
                            1e-6);
                }
                for (int i = rotated; i < headSize; i++) {
                    assertThat(after[head * headSize + i]).isEqualTo(before[head * headSize + i]);
                }
            }
        }
    }

    @Test
    void keysAndValuesAreRoundedToNearestEvenAndStoredInTheDocumentedLayout() {
        AttentionShape shape = new AttentionShape(2, 2, 16, 1f, 0);
        MemorySegment key = Matrices.random(32, 1);
        MemorySegment value = Matrices.random(32, 2);
        ScalarKernels.set(key, 17, 1f + 0x1p-11f); // halfway between 1 and its successor: to 1
        ScalarKernels.set(key, 18, 1f + 0x3p-11f); // halfway, to the even one above
        ScalarKernels.set(key, 19, 65520f);
        ScalarKernels.set(key, 20, 0x1p-24f);
        MemorySegment cache = Arena.ofAuto().allocate(64 + shape.tileBytes(), 64);
        kernels.storeKeyValue(shape, key, value, cache.asSlice(64, shape.tileBytes()), 5);
        long head = 64 + shape.headTileBytes();
        assertThat(half(cache, head + 2 * (16 + 5))).isEqualTo(1f);
        assertThat(half(cache, head + 2 * (2 * 16 + 5))).isEqualTo(1f + 0x1p-9f);
        assertThat(half(cache, head + 2 * (3 * 16 + 5))).isEqualTo(Float.POSITIVE_INFINITY);
        assertThat(half(cache, head + 2 * (4 * 16 + 5))).isEqualTo(0x1p-24f);
        for (int i = 0; i < 16; i++) {
            assertClose(
                    half(cache, head + 2 * (16 * 16 + 5 * 16 + i)),
                    Matrices.floats(value)[16 + i],
                    1e-3);
            assertThat(half(cache, head + 2 * (i * 16 + 4))).isZero();
        }
    }

    private static float half(MemorySegment cache, long offset) {
        return Float.float16ToFloat(cache.get(ValueLayout.JAVA_SHORT, offset));
    }

    private static float[] row(MemorySegment matrix, long start, int columns) {
        return Matrices.floats(matrix.asSlice(4 * start, 4L * columns));
    }

    private static void assertClose(float actual, double expected, double relative) {
        assertThat((double) actual)
                .isCloseTo(expected, offset(Math.abs(expected) * relative + 1e-6));
    }
}
