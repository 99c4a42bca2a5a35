package tramontane.catalog;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.WeightFormat;

/**
 * The sizes of a real image encoder, and a file of these sizes without weights: a header, and a
 * hole as long as the tensors. All encoders of the catalogue have 24 layers of width 1024.
 *
 * @param matrices the format of all matrices
 * @param patches the format of the convolution that makes patches
 */
record EncoderShape(Picture picture, int textWidth, WeightFormat matrices, WeightFormat patches) {
    private static final int LAYERS = 24;
    private static final int WIDTH = 1024;
    private static final int INNER = 4096;
    private static final int HEADS = 16;

    /** What the encoder reads: the longest side, and how it becomes patches and rows. */
    record Picture(int size, int patch, int merge) {
        static final Picture PIXTRAL = new Picture(1024, 16, 1);

        /** Mistral Small 3.1 and later. */
        static final Picture MERGING = new Picture(1540, 14, 2);
    }

    private record Tensor(String name, WeightFormat format, long... dimensions) {
        long bytes() {
            long elements = 1;
            for (long each : dimensions) {
                elements *= each;
            }
            return switch (format) {
                case F32 -> elements * 4;
                case F16, BF16 -> elements * 2;
                case Q8_0 -> elements / 32 * 34;
                default -> throw new IllegalArgumentException(format + " is in no encoder here");
            };
        }
    }

    /** Bytes of all tensors. */
    long tensorBytes() {
        return tensors().stream().mapToLong(Tensor::bytes).sum();
    }

    Path write(Path path) throws IOException {
        GgufWriter out = new GgufWriter();
        String prefix = "clip.vision.";
        out.put("general.architecture", "clip")
                .put("clip.projector_type", "pixtral")
                .put("clip.use_silu", true)
                .put(prefix + "projection_dim", textWidth)
                .put(prefix + "image_size", picture.size)
                .put(prefix + "patch_size", picture.patch)
                .put(prefix + "spatial_merge_size", picture.merge)
                .put(prefix + "embedding_length", WIDTH)
                .put(prefix + "feed_forward_length", INNER)
                .put(prefix + "block_count", LAYERS)
                .put(prefix + "attention.head_count", HEADS)
                .put(prefix + "attention.layer_norm_epsilon", 1e-5f)
                .put(prefix + "image_mean", new float[] {0.5f, 0.5f, 0.5f})
                .put(prefix + "image_std", new float[] {0.5f, 0.5f, 0.5f});
        for (Tensor each : tensors()) {
            out.tensor(
                    each.name, each.format.typeId(), each.bytes(), nothing -> {}, each.dimensions);
        }
        out.write(path);
        try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
            file.setLength(file.length() + tensorBytes());
        }
        return path;
    }

    private List<Tensor> tensors() {
        List<Tensor> all = new ArrayList<>();
        all.add(new Tensor("v.patch_embd.weight", patches, picture.patch, picture.patch, 3, WIDTH));
        norm(all, "v.pre_ln");
        for (int layer = 0; layer < LAYERS; layer++) {
            String block = "v.blk." + layer + ".";
            norm(all, block + "ln1");
            for (String name : List.of("attn_q", "attn_k", "attn_v", "attn_out")) {
                matrix(all, block + name, WIDTH, WIDTH);
            }
            norm(all, block + "ln2");
            matrix(all, block + "ffn_gate", INNER, WIDTH);
            matrix(all, block + "ffn_up", INNER, WIDTH);
            matrix(all, block + "ffn_down", WIDTH, INNER);
        }
        if (picture.merge > 1) {
            norm(all, "mm.input_norm");
            matrix(all, "mm.patch_merger", WIDTH, (long) WIDTH * picture.merge * picture.merge);
        } else {
            all.add(new Tensor("mm.1.bias", WeightFormat.F32, textWidth));
            all.add(new Tensor("mm.2.bias", WeightFormat.F32, textWidth));
        }
        matrix(all, "mm.1", textWidth, WIDTH);
        matrix(all, "mm.2", textWidth, textWidth);
        all.add(new Tensor("v.token_embd.img_break", WeightFormat.F32, textWidth));
        return all;
    }

    private void matrix(List<Tensor> all, String name, long rows, long columns) {
        all.add(new Tensor(name + ".weight", matrices, columns, rows));
    }

    private static void norm(List<Tensor> all, String name) {
        all.add(new Tensor(name + ".weight", WeightFormat.F32, WIDTH));
    }
}
