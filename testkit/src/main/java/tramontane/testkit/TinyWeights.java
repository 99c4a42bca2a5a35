package tramontane.testkit;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Draws a {@link TinyModel}'s weights, each tensor from the seed and its own name.
 *
 * <p>Values are uniform with a variance of 1 / columns, so that activations keep their size from
 * layer to layer; norms lie around 1 and the output matrix is four times larger, so that some
 * tokens are clearly likelier than others.
 */
final class TinyWeights {
    private static final float OUTPUT_GAIN = 4f;

    /** Clear choices, so that a small error of a row seldom changes them. */
    private static final float ROUTER_GAIN = 3f;

    /** Sigmoids of larger logits would all be close to 0 or 1, and groups almost equal. */
    private static final float SIGMOID_GAIN = 1f;

    private final TinyModel model;
    private final GgufWriter out;
    private final boolean tensorPerExpert;

    TinyWeights(TinyModel model, GgufWriter out, boolean tensorPerExpert) {
        this.model = model;
        this.out = out;
        this.tensorPerExpert = tensorPerExpert;
    }

    void writeAll() {
        int width = model.width();
        boolean tied = model.architecture().tiedOutput();
        matrix("token_embd.weight", TinyVocabulary.SIZE, width, tied ? OUTPUT_GAIN : 1);
        for (int layer = 0; layer < model.layers() + model.idleLayers(); layer++) {
            String block = "blk." + layer + ".";
            if (model.architecture().hasLatentAttention()) {
                latentAttention(block);
            } else {
                attention(block, gain(layer));
            }
            feedForward(block, layer);
        }
        norm("output_norm.weight", width);
        if (!tied) {
            matrix("output.weight", TinyVocabulary.SIZE, width, OUTPUT_GAIN);
        }
        if (model.positions() == PositionVariant.FREQUENCY_FACTORS) {
            int count = model.headSize() / 2;
            vector("rope_freqs.weight", count, 4.5f, 3.5f);
        }
    }

    /** The gain of what a layer adds to the rows that pass through it. */
    private float gain(int layer) {
        return layer < model.layers() ? 1 : 0;
    }

    private void attention(String block, float gain) {
        int width = model.width();
        int queries = TinyModel.HEADS * model.headSize();
        int keys = TinyModel.KEY_VALUE_HEADS * model.headSize();
        norm(block + "attn_norm.weight", width);
        matrix(block + "attn_q.weight", queries, width, 1);
        matrix(block + "attn_k.weight", keys, width, 1);
        matrix(block + "attn_v.weight", keys, width, 1);
        if (model.architecture().hasBiases()) {
            vector(block + "attn_q.bias", queries, 0, 0.5f);
            vector(block + "attn_k.bias", keys, 0, 0.5f);
            vector(block + "attn_v.bias", keys, 0, 0.5f);
        }
        if (model.architecture().hasQueryKeyNorms()) {
            norm(block + "attn_q_norm.weight", model.headSize());
            norm(block + "attn_k_norm.weight", model.headSize());
        }
        matrix(block + "attn_output.weight", width, queries, gain);
        if (model.architecture().hasPostNorms()) {
            norm(block + "post_attention_norm.weight", width);
        }
    }

    private void latentAttention(String block) {
        int width = model.width();
        int cached = width + TinyModel.LATENT_ROTATED;
        norm(block + "attn_norm.weight", width);
        matrix(block + "attn_q_a.weight", width, width, 1);
        norm(block + "attn_q_a_norm.weight", width);
        matrix(block + "attn_q_b.weight", TinyModel.HEADS * cached, width, 1);
        matrix(block + "attn_kv_a_mqa.weight", cached, width, 1);
        norm(block + "attn_kv_a_norm.weight", width);
        matrices(block + "attn_k_b", TinyModel.HEADS, width, width);
        matrices(block + "attn_v_b", TinyModel.HEADS, width / TinyModel.HEADS, width);
        matrix(block + "attn_output.weight", width, width, 1);
    }

    private void feedForward(String block, int layer) {
        int width = model.width();
        norm(block + "ffn_norm.weight", width);
        if (model.architecture().experts() > 0 && layer >= model.architecture().leadingDense()) {
            experts(block);
            return;
        }
        matrix(block + "ffn_gate.weight", model.feedForward(), width, 1);
        matrix(block + "ffn_up.weight", model.feedForward(), width, 1);
        matrix(block + "ffn_down.weight", width, model.feedForward(), gain(layer));
        if (model.architecture().hasPostNorms()) {
            norm(block + "post_ffw_norm.weight", width);
        }
    }

    private void experts(String block) {
        int width = model.width();
        int inner = model.expertWidth();
        int count = model.architecture().experts();
        float gain = model.architecture().hasGroups() ? SIGMOID_GAIN : ROUTER_GAIN;
        float[] router =
                uniform(
                        model.seed(),
                        block + "ffn_gate_inp.weight",
                        count * width,
                        new Interval(0, gain * (float) Math.sqrt(3.0 / width)));
        out.tensor(
                block + "ffn_gate_inp.weight",
                WeightFormat.F32.typeId(),
                WeightFormat.F32.encode(router),
                width,
                count);
        expertMatrix(block + "ffn_gate", inner, width);
        expertMatrix(block + "ffn_up", inner, width);
        expertMatrix(block + "ffn_down", width, inner);
        if (model.architecture().hasLatentAttention()) {
            matrix(block + "ffn_gate_shexp.weight", inner, width, 1);
            matrix(block + "ffn_up_shexp.weight", inner, width, 1);
            matrix(block + "ffn_down_shexp.weight", width, inner, 1);
        }
        if (model.architecture().hasGroups()) {
            vector(block + "exp_probs_b.bias", count, 0, 1);
        }
    }

    /** Several matrices in one tensor. */
    private void matrices(String name, int count, int rows, int columns) {
        Interval interval = new Interval(0, (float) Math.sqrt(3.0 / columns));
        float[] values = uniform(model.seed(), name, count * rows * columns, interval);
        WeightFormat format = model.format();
        out.tensor(name + ".weight", format.typeId(), format.encode(values), columns, rows, count);
    }

    /** The matrices of all experts, in one tensor or each in its own. */
    private void expertMatrix(String name, int rows, int columns) {
        int count = model.architecture().experts();
        Interval interval = new Interval(0, (float) Math.sqrt(3.0 / columns));
        float[] values = uniform(model.seed(), name, count * rows * columns, interval);
        if (tensorPerExpert) {
            for (int i = 0; i < count; i++) {
                float[] own =
                        Arrays.copyOfRange(values, i * rows * columns, (i + 1) * rows * columns);
                scaled(name + "." + i, own, columns, rows);
            }
        } else {
            scaled(name + "_exps", values, columns, rows, count);
        }
    }

    /**
     * A matrix, or those of all experts. In NVFP4, each has a scale in a tensor of its own, which
     * makes its largest value the largest of the format.
     */
    private void scaled(String name, float[] values, long... dimensions) {
        WeightFormat format = model.format();
        if (format != WeightFormat.NVFP4) {
            out.tensor(name + ".weight", format.typeId(), format.encode(values), dimensions);
            return;
        }
        int count = dimensions.length == 3 ? (int) dimensions[2] : 1;
        int each = values.length / count;
        float[] scales = new float[count];
        float[] divided = new float[values.length];
        for (int i = 0; i < values.length; i++) {
            scales[i / each] =
                    Math.max(scales[i / each], Math.abs(values[i]) / FewBitBlocks.MAX_NVFP4);
        }
        for (int i = 0; i < values.length; i++) {
            divided[i] = scales[i / each] == 0 ? 0 : values[i] / scales[i / each];
        }
        out.tensor(name + ".weight", format.typeId(), format.encode(divided), dimensions);
        out.tensor(
                name + ".scale", WeightFormat.F32.typeId(), WeightFormat.F32.encode(scales), count);
    }

    private void matrix(String name, int rows, int columns, float gain) {
        // A uniform value on [-a, a] has the variance a^2 / 3.
        float[] values =
                uniform(
                        model.seed(),
                        name,
                        rows * columns,
                        new Interval(0, gain * (float) Math.sqrt(3.0 / columns)));
        if (name.startsWith("blk.")) {
            scaled(name.substring(0, name.length() - ".weight".length()), values, columns, rows);
        } else {
            out.tensor(name, model.format().typeId(), model.format().encode(values), columns, rows);
        }
    }

    private void norm(String name, int size) {
        vector(name, size, 1, 0.2f);
    }

    /** Vectors are stored in F32 in every file, as real ones are. */
    private void vector(String name, int size, float centre, float spread) {
        float[] values = uniform(model.seed(), name, size, new Interval(centre, spread));
        out.tensor(name, WeightFormat.F32.typeId(), WeightFormat.F32.encode(values), size);
    }

    /** Values around {@code centre}, at most {@code spread} away. */
    record Interval(float centre, float spread) {}

    static float[] uniform(long seed, String name, int count, Interval interval) {
        long state = seed * 0x9E3779B97F4A7C15L;
        for (byte b : name.getBytes(StandardCharsets.US_ASCII)) {
            state = mix(state + b);
        }
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            state += 0x9E3779B97F4A7C15L;
            // The top 24 bits as a multiple of 2^-23, less 1: exact in a float, on every machine.
            values[i] = interval.centre + interval.spread * ((mix(state) >>> 40) * 0x1p-23f - 1);
        }
        return values;
    }

    /** The finalizer of SplitMix64. */
    private static long mix(long z) {
        z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
        z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
        return z ^ (z >>> 31);
    }
}
