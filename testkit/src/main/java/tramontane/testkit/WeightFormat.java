package tramontane.testkit;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The weight formats a {@link TinyModel} can be stored in, each with a plain quantiser of its own,
 * except for those with random codes.
 */
public enum WeightFormat {
    F32(0, 1, 4),
    F16(1, 1, 2),
    Q4_0(2, 32, 18),
    Q4_1(3, 32, 20),
    Q5_0(6, 32, 22),
    Q5_1(7, 32, 24),
    Q8_0(8, 32, 34),
    Q2_K(10, 256, 84),
    Q3_K(11, 256, 110),
    Q4_K(12, 256, 144),
    Q5_K(13, 256, 176),
    Q6_K(14, 256, 210),
    IQ2_XXS(16, 256, 66),
    IQ2_XS(17, 256, 74),
    IQ3_XXS(18, 256, 98),
    IQ1_S(19, 256, 50),
    IQ4_NL(20, 32, 18),
    IQ3_S(21, 256, 110),
    IQ2_S(22, 256, 82),
    IQ4_XS(23, 256, 136),
    IQ1_M(29, 256, 56),
    BF16(30, 1, 2),
    MXFP4(39, 32, 17),
    NVFP4(40, 64, 36),
    Q1_0(41, 128, 18),
    Q2_0(42, 64, 18);

    private final int typeId;
    private final int blockElements;
    private final int blockBytes;

    WeightFormat(int typeId, int blockElements, int blockBytes) {
        this.typeId = typeId;
        this.blockElements = blockElements;
        this.blockBytes = blockBytes;
    }

    public int typeId() {
        return typeId;
    }

    /** A row must be a multiple of this many elements. */
    public int blockElements() {
        return blockElements;
    }

    /** Whether models of an architecture are judged in this format: in rare ones, few are. */
    boolean isJudgedWith(Architecture architecture) {
        return switch (this) {
            case IQ2_XXS, IQ2_XS, IQ3_XXS, IQ1_S, IQ3_S, IQ2_S, IQ4_XS, IQ1_M, Q1_0 ->
                    architecture == Architecture.LLAMA;
            case Q3_K, IQ4_NL, MXFP4 -> architecture == Architecture.LLAMA;
            // Its scales of whole matrices are read in another way for experts.
            case NVFP4 ->
                    architecture == Architecture.LLAMA || architecture == Architecture.QWEN3MOE;
            // The gguf package, which the judges read files with, does not know it yet.
            case Q2_0 -> false;
            case F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, Q2_K, Q4_K, Q5_K, Q6_K -> true;
        };
    }

    /** The bytes of {@code values}, whole blocks of them. */
    public byte[] encode(float[] values) {
        if (values.length % blockElements != 0) {
            throw new IllegalArgumentException(
                    values.length + " values are no whole number of " + this + " blocks");
        }
        ByteBuffer out =
                ByteBuffer.allocate(values.length / blockElements * blockBytes)
                        .order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < values.length; at += blockElements) {
            encodeBlock(values, at, out);
        }
        return out.array();
    }

    private void encodeBlock(float[] x, int at, ByteBuffer out) {
        switch (this) {
            case F32 -> out.putFloat(x[at]);
            case F16 -> out.putShort(Float.floatToFloat16(x[at]));
            case BF16 -> out.putShort(bfloat16(x[at]));
            case Q4_0 -> SmallBlocks.centred(x, at, 4, out);
            case Q5_0 -> SmallBlocks.centred(x, at, 5, out);
            case Q4_1 -> SmallBlocks.shifted(x, at, 4, out);
            case Q5_1 -> SmallBlocks.shifted(x, at, 5, out);
            case Q8_0 -> SmallBlocks.bytes(x, at, out);
            case Q2_K -> SuperBlocks.twoBits(x, at, out);
            case Q4_K -> SuperBlocks.shifted(x, at, 4, out);
            case Q5_K -> SuperBlocks.shifted(x, at, 5, out);
            case Q6_K -> SuperBlocks.centred(x, at, out);
            case IQ4_XS -> RandomBlocks.put(x, at, blockBytes, 1250, out);
            case IQ3_XXS -> RandomBlocks.put(x, at, blockBytes, 130, out);
            case IQ3_S -> RandomBlocks.put(x, at, blockBytes, 160, out);
            case IQ2_XXS, IQ2_XS, IQ2_S -> RandomBlocks.put(x, at, blockBytes, 50, out);
            case IQ1_S -> RandomBlocks.put(x, at, blockBytes, 7, out);
            case IQ1_M -> RandomBlocks.putScattered(x, at, blockBytes, 7, out);
            case Q3_K -> RandomBlocks.putLast(x, at, blockBytes, 42, out);
            case IQ4_NL -> FewBitBlocks.nonLinear(x, at, out);
            case MXFP4 -> FewBitBlocks.mxfp4(x, at, out);
            case NVFP4 -> FewBitBlocks.nvfp4(x, at, out);
            case Q1_0 -> FewBitBlocks.signs(x, at, out);
            case Q2_0 -> FewBitBlocks.twoBits(x, at, out);
        }
    }

    /** The values rounded to bf16. */
    static float[] rounded(float[] values) {
        float[] rounded = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            rounded[i] = Float.intBitsToFloat(bfloat16(values[i]) << 16);
        }
        return rounded;
    }

    /** Rounds to nearest, ties to even. */
    private static short bfloat16(float value) {
        int bits = Float.floatToRawIntBits(value);
        return (short) ((bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16);
    }
}
