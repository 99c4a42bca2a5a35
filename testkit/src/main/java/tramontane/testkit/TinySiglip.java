package tramontane.testkit;

import java.util.Locale;

/**
 * An image encoder with the architecture of SigLIP and Gemma 3's projector, small enough to be
 * written in a test: width 96, four heads of 24, a feed-forward network of 144 elements (like the
 * real sizes, these are no multiples of 16 and 32), two layers, patches of 14 x 14 pixels, pictures
 * of 112 x 112, rows for a {@link TinyModel} of width 64, and weights from a seed. The file has the
 * layout that llama.cpp's converter writes.
 *
 * @param merge patches of a line that become one row
 * @param swapped whether the names of the two matrices of a feed-forward network are swapped, as in
 *     files made before May 2025
 */
public record TinySiglip(WeightFormat format, int merge, boolean swapped, long seed)
        implements TinyImageEncoder {
    /** Both sides of a picture. */
    public static final int IMAGE_SIZE = 112;

    private static final int TEXT_WIDTH = TinyVision.TEXT_WIDTH;
    private static final int PATCH = 14;
    private static final int WIDTH = 96;
    private static final int HEADS = 4;
    private static final int LAYERS = 2;
    private static final int FEED_FORWARD = 144;

    /** F32 weights, two patches merged each way, and seed 1. */
    public static TinySiglip ofMerging() {
        return new TinySiglip(WeightFormat.F32, 2, false, 1);
    }

    public TinySiglip withFormat(WeightFormat other) {
        return new TinySiglip(other, merge, swapped, seed);
    }

    public TinySiglip withMerge(int other) {
        return new TinySiglip(format, other, swapped, seed);
    }

    public TinySiglip withSwappedNames() {
        return new TinySiglip(format, merge, true, seed);
    }

    /** A name that tells everything but the seed: {@code siglip-f16-2-swapped}. */
    @Override
    public String label() {
        String label = "siglip-" + format.name().toLowerCase(Locale.ROOT) + "-" + merge;
        return swapped ? label + "-swapped" : label;
    }

    @Override
    public GgufWriter gguf() {
        GgufWriter out = new GgufWriter();
        String prefix = "clip.vision.";
        float[] half = {0.5f, 0.5f, 0.5f};
        out.put("general.architecture", "clip")
                .put("general.type", "mmproj")
                .put("general.name", "tiny " + label())
                .put("clip.has_vision_encoder", true)
                .put("clip.projector_type", "gemma3")
                .put("clip.use_gelu", true)
                .put(prefix + "projection_dim", TEXT_WIDTH)
                .put(prefix + "image_size", IMAGE_SIZE)
                .put(prefix + "patch_size", PATCH)
                .put(prefix + "embedding_length", WIDTH)
                .put(prefix + "feed_forward_length", FEED_FORWARD)
                .put(prefix + "block_count", LAYERS)
                .put(prefix + "attention.head_count", HEADS)
                .put(prefix + "attention.layer_norm_epsilon", 1e-6f)
                .put(prefix + "projector.scale_factor", merge)
                .put(prefix + "image_mean", half)
                .put(prefix + "image_std", half);
        putTensors(new VisionTensors(out, format, seed, false));
        return out;
    }

    private void putTensors(VisionTensors out) {
        int side = IMAGE_SIZE / PATCH;
        out.patches(WIDTH, PATCH);
        out.bias("v.patch_embd", WIDTH);
        out.precise("v.position_embd", side * side, WIDTH);
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "v.blk." + layer + ".";
            norm(out, block + "ln1");
            linear(out, block + "attn_q", WIDTH, WIDTH);
            linear(out, block + "attn_k", WIDTH, WIDTH);
            linear(out, block + "attn_v", WIDTH, WIDTH);
            linear(out, block + "attn_out", WIDTH, WIDTH);
            norm(out, block + "ln2");
            linear(out, block + (swapped ? "ffn_down" : "ffn_up"), FEED_FORWARD, WIDTH);
            linear(out, block + (swapped ? "ffn_up" : "ffn_down"), WIDTH, FEED_FORWARD);
        }
        norm(out, "v.post_ln");
        out.norm("mm.soft_emb_norm", WIDTH);
        // The file has this matrix transposed: a row for each element of a patch.
        out.unquantized("mm.input_projection", WIDTH, TEXT_WIDTH);
    }

    private static void norm(VisionTensors out, String name) {
        out.norm(name, WIDTH);
        out.bias(name, WIDTH);
    }

    private static void linear(VisionTensors out, String name, int rows, int columns) {
        out.matrix(name, rows, columns);
        out.bias(name, rows);
    }
}
