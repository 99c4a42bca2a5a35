package tramontane.testkit;

import java.nio.file.Path;
import java.util.Locale;

/**
 * An image encoder with the architecture of Pixtral and its projector, small enough to be written
 * in a test: width 64, four heads, two layers, patches of 14 x 14 pixels, pictures up to 112
 * pixels, rows for a {@link TinyModel} of width 64, and weights from a seed. The file has the
 * layout that llama.cpp's converter writes.
 *
 * @param merge patches of a line that become one row: 1 as in Pixtral 12B, 2 as in later models
 */
public record TinyVision(WeightFormat format, int merge, long seed) {
    /** Longest side of a picture. */
    public static final int IMAGE_SIZE = 112;

    /** Side of a patch. */
    public static final int PATCH = 14;

    /** Elements of a row of the text model. */
    public static final int TEXT_WIDTH = 64;

    private static final int WIDTH = 64;
    private static final int HEADS = 4;
    private static final int LAYERS = 2;
    private static final int FEED_FORWARD = 128;
    private static final float[] MEAN = {0.48145466f, 0.4578275f, 0.40821073f};
    private static final float[] DEVIATION = {0.26862954f, 0.26130258f, 0.27577711f};

    /** F32 weights, two patches merged each way, and seed 1. */
    public static TinyVision ofMerging() {
        return new TinyVision(WeightFormat.F32, 2, 1);
    }

    public TinyVision withFormat(WeightFormat other) {
        return new TinyVision(other, merge, seed);
    }

    public TinyVision withMerge(int other) {
        return new TinyVision(format, other, seed);
    }

    /** A name that tells everything but the seed: {@code pixtral-f32-2}. */
    public String label() {
        return "pixtral-" + format.name().toLowerCase(Locale.ROOT) + "-" + merge;
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

    public Path write(Path path) {
        gguf().write(path);
        return path;
    }

    /** The file before it is written, so that a test can spoil it. */
    public GgufWriter gguf() {
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
                .put(prefix + "embedding_length", WIDTH)
                .put(prefix + "feed_forward_length", FEED_FORWARD)
                .put(prefix + "block_count", LAYERS)
                .put(prefix + "attention.head_count", HEADS)
                .put(prefix + "attention.layer_norm_epsilon", 1e-5f)
                .put(prefix + "image_mean", MEAN)
                .put(prefix + "image_std", DEVIATION);
        if (merge > 1) {
            out.put(prefix + "spatial_merge_size", merge);
        }
        new Tensors(out).writeAll();
        return out;
    }

    /** Draws each tensor from the seed and its own name, like {@link TinyWeights}. */
    private final class Tensors {
        private final GgufWriter out;

        /** Converters never quantize convolutions. */
        private final WeightFormat unquantized;

        Tensors(GgufWriter out) {
            this.out = out;
            unquantized = format.blockElements() == 1 ? format : WeightFormat.F16;
        }

        void writeAll() {
            patches();
            norm("v.pre_ln");
            for (int layer = 0; layer < LAYERS; layer++) {
                String block = "v.blk." + layer + ".";
                norm(block + "ln1");
                matrix(block + "attn_q", WIDTH, WIDTH, format);
                matrix(block + "attn_k", WIDTH, WIDTH, format);
                matrix(block + "attn_v", WIDTH, WIDTH, format);
                matrix(block + "attn_out", WIDTH, WIDTH, format);
                norm(block + "ln2");
                matrix(block + "ffn_gate", FEED_FORWARD, WIDTH, format);
                matrix(block + "ffn_up", FEED_FORWARD, WIDTH, format);
                matrix(block + "ffn_down", WIDTH, FEED_FORWARD, format);
            }
            if (merge > 1) {
                norm("mm.input_norm");
                matrix("mm.patch_merger", WIDTH, WIDTH * merge * merge, unquantized);
            }
            matrix("mm.1", TEXT_WIDTH, WIDTH, format);
            matrix("mm.2", TEXT_WIDTH, TEXT_WIDTH, format);
            if (merge == 1) {
                vector("mm.1.bias", TEXT_WIDTH, 0, 0.5f);
                vector("mm.2.bias", TEXT_WIDTH, 0, 0.5f);
            }
            vector("v.token_embd.img_break", TEXT_WIDTH, 0, 1);
        }

        /** The kernels of a convolution: [width][channel][line][column]. */
        private void patches() {
            int elements = 3 * PATCH * PATCH;
            float[] values = values("v.patch_embd.weight", WIDTH * elements, elements);
            out.tensor(
                    "v.patch_embd.weight",
                    unquantized.typeId(),
                    unquantized.encode(values),
                    PATCH,
                    PATCH,
                    3,
                    WIDTH);
        }

        private void norm(String name) {
            vector(name + ".weight", WIDTH, 1, 0.2f);
        }

        private void matrix(String name, int rows, int columns, WeightFormat stored) {
            float[] values = values(name + ".weight", rows * columns, columns);
            out.tensor(name + ".weight", stored.typeId(), stored.encode(values), columns, rows);
        }

        private float[] values(String name, int count, int columns) {
            float spread = 2 * (float) Math.sqrt(3.0 / columns);
            return TinyWeights.uniform(seed, name, count, new TinyWeights.Interval(0, spread));
        }

        private void vector(String name, int size, float centre, float spread) {
            float[] values =
                    TinyWeights.uniform(seed, name, size, new TinyWeights.Interval(centre, spread));
            out.tensor(name, WeightFormat.F32.typeId(), WeightFormat.F32.encode(values), size);
        }
    }
}
