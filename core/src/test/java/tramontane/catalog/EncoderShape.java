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
 * hole as long as the tensors. All encoders of the catalogue have 16 heads.
 *
 * @param matrices the format of all matrices
 * @param patches the format of the convolution that makes patches
 */
record EncoderShape(
        Picture picture,
        Layers layers,
        int textWidth,
        WeightFormat matrices,
        WeightFormat patches) {
    private static final int HEADS = 16;

    /** With the layers of all models but Mistral Medium 3.5. */
    EncoderShape(Picture picture, int textWidth, WeightFormat matrices, WeightFormat patches) {
        this(picture, Layers.USUAL, textWidth, matrices, patches);
    }

    /** How many there are, and their sizes. */
    record Layers(int count, int width, int inner) {
        static final Layers USUAL = new Layers(24, 1024, 4096);

        /**
         * Medium 3.5 has 48 layers with heads of 104 elements. The widths are those of ViT-bigG in
         * OpenCLIP, which has such layers too; with them the file has the size that is published.
         */
        static final Layers MEDIUM = new Layers(48, 1664, 8192);
    }

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
                .put(prefix + "embedding_length", layers.width)
                .put(prefix + "feed_forward_length", layers.inner)
                .put(prefix + "block_count", layers.count)
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
        all.add(
                new Tensor(
                        "v.patch_embd.weight",
                        patches,
                        picture.patch,
                        picture.patch,
                        3,
                        layers.width));
        norm(all, "v.pre_ln");
        for (int layer = 0; layer < layers.count; layer++) {
            String block = "v.blk." + layer + ".";
            norm(all, block + "ln1");
            for (String name : List.of("attn_q", "attn_k", "attn_v", "attn_out")) {
                matrix(all, block + name, layers.width, layers.width);
            }
            norm(all, block + "ln2");
            matrix(all, block + "ffn_gate", layers.inner, layers.width);
            matrix(all, block + "ffn_up", layers.inner, layers.width);
            matrix(all, block + "ffn_down", layers.width, layers.inner);
        }
        if (picture.merge > 1) {
            norm(all, "mm.input_norm");
            matrix(
                    all,
                    "mm.patch_merger",
                    layers.width,
                    (long) layers.width * picture.merge * picture.merge);
        } else {
            all.add(new Tensor("mm.1.bias", WeightFormat.F32, textWidth));
            all.add(new Tensor("mm.2.bias", WeightFormat.F32, textWidth));
        }
        matrix(all, "mm.1", textWidth, layers.width);
        matrix(all, "mm.2", textWidth, textWidth);
        all.add(new Tensor("v.token_embd.img_break", WeightFormat.F32, textWidth));
        return all;
    }

    private void matrix(List<Tensor> all, String name, long rows, long columns) {
        all.add(new Tensor(name + ".weight", matrices, columns, rows));
    }

    private void norm(List<Tensor> all, String name) {
        all.add(new Tensor(name + ".weight", WeightFormat.F32, layers.width));
    }
}
