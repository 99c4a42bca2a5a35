package tramontane.testkit;

import java.nio.file.Path;
import java.util.Locale;

/**
 * Image encoders with the shapes of real ones and random weights in F16, for measurements. The
 * weights are bf16 numbers, as in files made from the published encoders. The text model to which
 * they belong is only as wide as the real one.
 */
public enum RandomEncoder {
    /** Pixtral 12B: a row for each patch of 16 x 16 pixels. */
    PIXTRAL_12B(5120, 1024, 16, 1),
    /** Mistral Small 3.1 and later: four patches of 14 x 14 pixels become one row. */
    MISTRAL_SMALL(5120, 1540, 14, 2),
    /** Gemma 3 4B: 256 rows for each picture. */
    GEMMA_3_4B(2560, 896, 14, 4);

    private static final long SEED = 1;
    private static final float EPSILON = 1e-5f;

    private final int textWidth;
    private final int imageSize;
    private final int patch;
    private final int merge;

    RandomEncoder(int textWidth, int imageSize, int patch, int merge) {
        this.textWidth = textWidth;
        this.imageSize = imageSize;
        this.patch = patch;
        this.merge = merge;
    }

    public String label() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    public int textWidth() {
        return textWidth;
    }

    private boolean isGemma() {
        return this == GEMMA_3_4B;
    }

    /** The largest picture of 1024 x 1024 pixels that the encoder takes as it is. */
    public int side() {
        return Math.min(1024, imageSize) / (patch * merge) * (patch * merge);
    }

    private int width() {
        return isGemma() ? 1152 : 1024;
    }

    private int feedForward() {
        return isGemma() ? 4304 : 4096;
    }

    private int layers() {
        return isGemma() ? 27 : 24;
    }

    public Path write(Path path) {
        GgufWriter out = new GgufWriter();
        putMetadata(out);
        Tensors tensors = new Tensors(out, new RandomTensors(out, SEED));
        if (isGemma()) {
            gemma(tensors);
        } else {
            pixtral(tensors);
        }
        out.write(path);
        return path;
    }

    private void putMetadata(GgufWriter out) {
        String prefix = "clip.vision.";
        out.put("general.architecture", "clip")
                .put("general.type", "mmproj")
                .put("general.name", "random " + label())
                .put("clip.has_vision_encoder", true)
                .put("clip.projector_type", isGemma() ? "gemma3" : "pixtral")
                .put(isGemma() ? "clip.use_gelu" : "clip.use_silu", true)
                .put(prefix + "projection_dim", textWidth)
                .put(prefix + "image_size", imageSize)
                .put(prefix + "patch_size", patch)
                .put(prefix + "embedding_length", width())
                .put(prefix + "feed_forward_length", feedForward())
                .put(prefix + "block_count", layers())
                .put(prefix + "attention.head_count", 16)
                .put(prefix + "attention.layer_norm_epsilon", EPSILON)
                .put(prefix + "image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .put(prefix + "image_std", new float[] {0.5f, 0.5f, 0.5f});
        if (!isGemma() && merge > 1) {
            out.put(prefix + "spatial_merge_size", merge);
        }
    }

    private record Tensors(GgufWriter out, RandomTensors random) {
        void matrix(String name, int rows, int columns) {
            float spread = (float) Math.sqrt(3.0 / columns);
            float[] values = uniform(name + ".weight", rows * columns, spread);
            out.tensor(name + ".weight", WeightFormat.F16.typeId(), halves(values), columns, rows);
        }

        void norm(String name, int size) {
            random.norm(name + ".weight", size);
        }

        void bias(String name, int size) {
            byte[] zeros = WeightFormat.F32.encode(new float[size]);
            out.tensor(name + ".bias", WeightFormat.F32.typeId(), zeros, size);
        }

        void linear(String name, int rows, int columns) {
            matrix(name, rows, columns);
            bias(name, rows);
        }

        void bothNorms(String name, int size) {
            norm(name, size);
            bias(name, size);
        }

        void patches(int width, int patch) {
            int elements = 3 * patch * patch;
            float[] values =
                    uniform("v.patch_embd", width * elements, (float) Math.sqrt(3.0 / elements));
            out.tensor(
                    "v.patch_embd.weight",
                    WeightFormat.F16.typeId(),
                    halves(values),
                    patch,
                    patch,
                    3,
                    width);
        }

        void attention(String block, int width) {
            for (String part : new String[] {"attn_q", "attn_k", "attn_v", "attn_out"}) {
                matrix(block + part, width, width);
            }
        }
    }

    /** Values rounded to bf16, in fp16. */
    private static byte[] halves(float[] values) {
        return WeightFormat.F16.encode(WeightFormat.rounded(values));
    }

    private static float[] uniform(String name, int count, float spread) {
        return TinyWeights.uniform(SEED, name, count, new TinyWeights.Interval(0, spread));
    }

    private void pixtral(Tensors out) {
        out.patches(width(), patch);
        out.norm("v.pre_ln", width());
        for (int layer = 0; layer < layers(); layer++) {
            String block = "v.blk." + layer + ".";
            out.norm(block + "ln1", width());
            out.attention(block, width());
            out.norm(block + "ln2", width());
            out.matrix(block + "ffn_gate", feedForward(), width());
            out.matrix(block + "ffn_up", feedForward(), width());
            out.matrix(block + "ffn_down", width(), feedForward());
        }
        if (merge > 1) {
            out.norm("mm.input_norm", width());
            out.matrix("mm.patch_merger", width(), width() * merge * merge);
        }
        out.linear("mm.1", textWidth, width());
        out.linear("mm.2", textWidth, textWidth);
        byte[] zeros = WeightFormat.F32.encode(new float[textWidth]);
        out.out.tensor("v.token_embd.img_break", WeightFormat.F32.typeId(), zeros, textWidth);
    }

    private void gemma(Tensors out) {
        int side = imageSize / patch;
        out.patches(width(), patch);
        out.bias("v.patch_embd", width());
        float[] positions = uniform("v.position_embd", side * side * width(), 0.1f);
        out.out.tensor(
                "v.position_embd.weight",
                WeightFormat.F32.typeId(),
                WeightFormat.F32.encode(positions),
                width(),
                side * side);
        for (int layer = 0; layer < layers(); layer++) {
            String block = "v.blk." + layer + ".";
            out.bothNorms(block + "ln1", width());
            out.attention(block, width());
            out.bothNorms(block + "ln2", width());
            out.linear(block + "ffn_up", feedForward(), width());
            out.linear(block + "ffn_down", width(), feedForward());
        }
        out.bothNorms("v.post_ln", width());
        out.norm("mm.soft_emb_norm", width());
        out.matrix("mm.input_projection", width(), textWidth);
    }

    /** The text model, with one small layer, that other engines load before an encoder. */
    public Path writeText(Path path) {
        GgufWriter out = new GgufWriter();
        RandomTensors tensors = new RandomTensors(out, SEED);
        out.put("general.architecture", "llama")
                .put("general.name", "random text of " + label())
                .put("llama.context_length", 8192)
                .put("llama.embedding_length", textWidth)
                .put("llama.block_count", 1)
                .put("llama.feed_forward_length", 32)
                .put("llama.attention.head_count", 1)
                .put("llama.attention.head_count_kv", 1)
                .put("llama.attention.key_length", 32)
                .put("llama.attention.value_length", 32)
                .put("llama.attention.layer_norm_rms_epsilon", EPSILON)
                .put("llama.rope.dimension_count", 32)
                .put("llama.rope.freq_base", 1e6f)
                .put("llama.vocab_size", TinyVocabulary.SIZE);
        new TinyVocabulary().writeTo(out, "smollm", "");
        tensors.small("token_embd.weight", WeightFormat.F16, 1, TinyVocabulary.SIZE, textWidth);
        tensors.norm("blk.0.attn_norm.weight", textWidth);
        for (String part : new String[] {"attn_q", "attn_k", "attn_v", "ffn_gate", "ffn_up"}) {
            tensors.small("blk.0." + part + ".weight", WeightFormat.F16, 1, 32, textWidth);
        }
        tensors.small("blk.0.attn_output.weight", WeightFormat.F16, 1, textWidth, 32);
        tensors.norm("blk.0.ffn_norm.weight", textWidth);
        tensors.small("blk.0.ffn_down.weight", WeightFormat.F16, 1, textWidth, 32);
        tensors.norm("output_norm.weight", textWidth);
        out.write(path);
        return path;
    }
}
