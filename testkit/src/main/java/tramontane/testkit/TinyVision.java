package tramontane.testkit;

import java.util.Locale;

/**
 * An image encoder with the architecture of Pixtral and its projector, small enough to be written
 * in a test: width 64 or what {@link #withWidth} says, four heads, two layers, patches of 14 x 14
 * pixels, pictures up to 112 pixels, rows for a {@link TinyModel} of width 64, and weights from a
 * seed. The file has the layout that llama.cpp's converter writes.
 *
 * @param merge patches of a line that become one row: 1 as in Pixtral 12B, 2 as in later models
 */
public record TinyVision(WeightFormat format, int merge, int width, long seed)
        implements TinyImageEncoder {
    /** Longest side of a picture. */
    public static final int IMAGE_SIZE = 112;

    /** Side of a patch. */
    public static final int PATCH = 14;

    /** Elements of a row of the text model. */
    public static final int TEXT_WIDTH = 64;

    private static final int WIDTH = 64;

    /** With four heads, whose size is no multiple of 16, as in Mistral Medium 3.5. */
    public static final int ODD_HEADS_WIDTH = 96;

    private static final int HEADS = 4;
    private static final int LAYERS = 2;
    private static final int FEED_FORWARD = 128;
    private static final float[] MEAN = {0.48145466f, 0.4578275f, 0.40821073f};
    private static final float[] DEVIATION = {0.26862954f, 0.26130258f, 0.27577711f};

    /** F32 weights, two patches merged each way, and seed 1. */
    public static TinyVision ofMerging() {
        return new TinyVision(WeightFormat.F32, 2, WIDTH, 1);
    }

    public TinyVision withFormat(WeightFormat other) {
        return new TinyVision(other, merge, width, seed);
    }

    public TinyVision withMerge(int other) {
        return new TinyVision(format, other, width, seed);
    }

    public TinyVision withWidth(int other) {
        return new TinyVision(format, merge, other, seed);
    }

    /** A name that tells everything but the seed: {@code pixtral-f32-2}. */
    @Override
    public String label() {
        String label = "pixtral-" + format.name().toLowerCase(Locale.ROOT) + "-" + merge;
        return width == WIDTH ? label : label + "-" + width;
    }

    /** A picture with edges and slopes, the same everywhere. */
    public static byte[] picture(int width, int height, int seed) {
        byte[] rgb = new byte[3 * width * height];
        for (int y = 0; y < height; y++) {
            for (int x = 0; x < width; x++) {
                for (int channel = 0; channel < 3; channel++) {
                    int slope = 2 * x * (channel + 1) + 3 * y + 40 * seed;
                    int edge = (x / 9 + y / (5 + seed) + channel) % 3 * 60;
                    rgb[3 * (y * width + x) + channel] = (byte) ((slope + edge) % 256);
                }
            }
        }
        return rgb;
    }

    @Override
    public GgufWriter gguf() {
        return gguf(false);
    }

    /** The same with weights that are rounded to bf16 before they get their format. */
    public GgufWriter rounded() {
        return gguf(true);
    }

    private GgufWriter gguf(boolean rounded) {
        GgufWriter out = new GgufWriter();
        String prefix = "clip.vision.";
        out.put("general.architecture", "clip")
                .put("general.type", "mmproj")
                .put("general.name", "tiny " + label())
                .put("clip.has_vision_encoder", true)
                .put("clip.projector_type", "pixtral")
                .put("clip.use_silu", true)
                .put(prefix + "projection_dim", TEXT_WIDTH)
                .put(prefix + "image_size", IMAGE_SIZE)
                .put(prefix + "patch_size", PATCH)
                .put(prefix + "embedding_length", width)
                .put(prefix + "feed_forward_length", FEED_FORWARD)
                .put(prefix + "block_count", LAYERS)
                .put(prefix + "attention.head_count", HEADS)
                .put(prefix + "attention.layer_norm_epsilon", 1e-5f)
                .put(prefix + "image_mean", MEAN)
                .put(prefix + "image_std", DEVIATION);
        if (merge > 1) {
            out.put(prefix + "spatial_merge_size", merge);
        }
        putTensors(new VisionTensors(out, format, seed, rounded));
        return out;
    }

    private void putTensors(VisionTensors out) {
        out.patches(width, PATCH);
        out.norm("v.pre_ln", width);
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "v.blk." + layer + ".";
            out.norm(block + "ln1", width);
            out.matrix(block + "attn_q", width, width);
            out.matrix(block + "attn_k", width, width);
            out.matrix(block + "attn_v", width, width);
            out.matrix(block + "attn_out", width, width);
            out.norm(block + "ln2", width);
            out.matrix(block + "ffn_gate", FEED_FORWARD, width);
            out.matrix(block + "ffn_up", FEED_FORWARD, width);
            out.matrix(block + "ffn_down", width, FEED_FORWARD);
        }
        if (merge > 1) {
            out.norm("mm.input_norm", width);
            out.unquantized("mm.patch_merger", width, width * merge * merge);
        }
        out.matrix("mm.1", TEXT_WIDTH, width);
        out.matrix("mm.2", TEXT_WIDTH, TEXT_WIDTH);
        if (merge == 1) {
            out.bias("mm.1", TEXT_WIDTH);
            out.bias("mm.2", TEXT_WIDTH);
        }
        out.vector("v.token_embd.img_break", TEXT_WIDTH, new TinyWeights.Interval(0, 1));
    }
}
