package tramontane.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.kernel.choice.KernelChoice;
import tramontane.kernel.choice.KernelsHere;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.model.ModelException;
import tramontane.packed.PackedPlace;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.TinyImageEncoder;
import tramontane.testkit.TinySiglip;
import tramontane.testkit.TinyVision;
import tramontane.testkit.TinyVisionFiles;
import tramontane.testkit.WeightFormat;

/** Image encoders compared with transformers, and with themselves. */
class VisionModelTest {
    /**
     * Keys and values are fp16 here and fp32 in the reference. The largest difference of an element
     * was 0.0082 of the rows' root mean square; of llama.cpp it was 0.0105. Any mistake in a
     * formula gives many times that.
     */
    private static final double FLOAT_TOLERANCE = 0.012;

    /**
     * Quantized weights are multiplied with 8-bit activations, here and in llama.cpp. The largest
     * difference of an element was 0.29; of llama.cpp it was 0.24.
     */
    private static final double QUANTIZED_TOLERANCE = 0.4;

    /**
     * Where all weights of the layers are bf16, activations are rounded to bf16, too, also within
     * attention. The largest difference of an element was 0.092. Of transformers in bf16, it was
     * 0.205 (src/test/golden/vision/bf16.py).
     */
    private static final double BF16_TOLERANCE = 0.12;

    @TempDir Path folder;

    private VisionModel load(GgufWriter writer, Kernels kernels, int threads) {
        Path path = folder.resolve("vision.gguf");
        writer.write(path);
        try (GgufFile file = GgufFile.open(path)) {
            return VisionModel.load(
                    file,
                    new VisionModel.Options(
                            kernels, threads, TinyVision.TEXT_WIDTH, new PackedPlace.Off()));
        }
    }

    @Test
    void rowsAreThoseOfTransformers() throws InterruptedException {
        List<VisionGoldens.Rows> goldens = VisionGoldens.rows();
        Map<String, Double> largest = new TreeMap<>();
        for (TinyImageEncoder tiny : TinyVisionFiles.all()) {
            int compared = 0;
            try (VisionModel model = load(tiny.gguf(), new ScalarKernels(), 1)) {
                for (VisionGoldens.Rows golden : goldens) {
                    if (golden.encoder().equals(tiny.label())) {
                        float[] values = model.embed(golden.pixels()).values();
                        largest.merge(tiny.label(), distance(values, golden.values()), Math::max);
                        compared++;
                    }
                }
            }
            assertThat(compared).as(tiny.label()).isGreaterThanOrEqualTo(4);
        }
        for (TinyImageEncoder tiny : TinyVisionFiles.all()) {
            double limit =
                    switch (tiny.format()) {
                        case Q8_0 -> QUANTIZED_TOLERANCE;
                        case BF16 -> BF16_TOLERANCE;
                        default -> FLOAT_TOLERANCE;
                    };
            assertThat(largest.get(tiny.label())).as(largest.toString()).isLessThan(limit);
        }
    }

    /** The largest difference, relative to the root mean square of the reference. */
    private static double distance(float[] values, float[] reference) {
        assertThat(values).hasSameSizeAs(reference);
        double largest = 0;
        double squares = 0;
        for (int i = 0; i < values.length; i++) {
            largest = Math.max(largest, Math.abs(values[i] - reference[i]));
            squares += (double) reference[i] * reference[i];
        }
        return largest / Math.sqrt(squares / values.length);
    }

    @Test
    void rowsHaveTheSameBitsWithAllKernelsOnOneAndTwoThreads() throws InterruptedException {
        for (TinyImageEncoder tiny : TinyVisionFiles.all()) {
            int width = tiny instanceof TinySiglip ? TinySiglip.IMAGE_SIZE : 84;
            ImagePixels pixels = new ImagePixels(width, 112, TinyVision.picture(width, 112, 6));
            int[] expected;
            try (VisionModel model = load(tiny.gguf(), new ScalarKernels(), 1)) {
                expected = bits(model.embed(pixels));
            }
            for (var kind : KernelsHere.all().entrySet()) {
                for (int threads = 1; threads <= 2; threads++) {
                    try (VisionModel model = load(tiny.gguf(), kind.getValue(), threads)) {
                        assertThat(bits(model.embed(pixels)))
                                .as("%s, %s, %d threads", tiny.label(), kind.getKey(), threads)
                                .isEqualTo(expected);
                    }
                }
            }
        }
    }

    /**
     * Files in fp16 of an encoder in bf16 have the same weights, so they give the same rows; those
     * of other encoders are not rounded, which the tolerance above finds.
     */
    @Test
    void weightsOfBf16InFp16GiveTheSameBits() throws InterruptedException {
        ImagePixels pixels = new ImagePixels(84, 112, TinyVision.picture(84, 112, 6));
        TinyVision tiny = TinyVision.ofMerging();
        int[] expected;
        try (VisionModel model =
                load(tiny.withFormat(WeightFormat.BF16).gguf(), new ScalarKernels(), 1)) {
            expected = bits(model.embed(pixels));
        }
        try (VisionModel model =
                load(tiny.withFormat(WeightFormat.F16).rounded(), new ScalarKernels(), 1)) {
            assertThat(bits(model.embed(pixels))).isEqualTo(expected);
        }
    }

    @Test
    void rowsDoNotDependOnOtherPictures() throws Exception {
        List<ImagePixels> pixtral = new ArrayList<>();
        List<ImagePixels> gemma = new ArrayList<>();
        for (int seed = 0; seed < 6; seed++) {
            int width = 28 * (1 + seed % 4);
            pixtral.add(new ImagePixels(width, 56, TinyVision.picture(width, 56, seed)));
            gemma.add(new ImagePixels(112, 112, TinyVision.picture(112, 112, seed)));
        }
        checkTogether(TinyVision.ofMerging(), pixtral);
        checkTogether(TinyVision.ofMerging().withFormat(WeightFormat.BF16), pixtral);
        checkTogether(TinySiglip.ofMerging(), gemma);
    }

    /** Buffers are reused, so what was encoded before must not be seen. */
    private void checkTogether(TinyImageEncoder tiny, List<ImagePixels> pictures) throws Exception {
        List<int[]> alone = new ArrayList<>();
        for (ImagePixels picture : pictures) {
            try (VisionModel model = load(tiny.gguf(), KernelChoice.of(""), 1)) {
                alone.add(bits(model.embed(picture)));
            }
        }
        try (VisionModel model = load(tiny.gguf(), KernelChoice.of(""), 2);
                ExecutorService callers = Executors.newFixedThreadPool(3)) {
            List<Future<int[]>> together = new ArrayList<>();
            for (int round = 0; round < 4; round++) {
                for (ImagePixels picture : pictures) {
                    Callable<int[]> encoding = () -> bits(model.embed(picture));
                    together.add(callers.submit(encoding));
                }
            }
            for (int i = 0; i < together.size(); i++) {
                assertThat(together.get(i).get()).isEqualTo(alone.get(i % pictures.size()));
            }
        }
    }

    private static int[] bits(ImageRows rows) {
        int[] bits = new int[rows.values().length];
        Arrays.setAll(bits, i -> Float.floatToRawIntBits(rows.values()[i]));
        return bits;
    }

    @Test
    void thePlanCountsWeightsAndBuffers() {
        Path path = TinyVision.ofMerging().write(folder.resolve("vision.gguf"));
        try (GgufFile file = GgufFile.open(path)) {
            long planned = VisionModel.plannedBytes(file, 2);
            // 64 patches of 64 elements: residual stream, queries, keys and values.
            assertThat(planned).isGreaterThan(64 * 64 * 12 + path.toFile().length() / 2);
            assertThat(planned).isLessThan(8 << 20);
        }
    }

    @Test
    void theConfigurationSaysWhichPicturesAreTaken() {
        Path path = TinyVision.ofMerging().write(folder.resolve("vision.gguf"));
        try (GgufFile file = GgufFile.open(path)) {
            VisionConfig config = VisionConfig.of(file);
            assertThat(config.unit()).isEqualTo(28);
            assertThat(config.grid(84, 56)).isEqualTo(new ImageGrid(3, 2, VisionKind.PIXTRAL));
            for (int[] size : new int[][] {{0, 28}, {28, 30}, {140, 28}}) {
                assertThatThrownBy(() -> config.grid(size[0], size[1]))
                        .isInstanceOf(IllegalArgumentException.class)
                        .hasMessageContaining("multiples of 28 up to 112");
            }
        }
    }

    @Test
    void anEncoderThatCannotRunIsRefusedWithTheReason() {
        refuses(gguf().put("clip.projector_type", "gemma4v"), "'gemma4v' are not supported");
        refuses(gguf().put("clip.projector_type", "gemma3"), "gelu");
        refuses(gguf().put("clip.use_silu", false), "silu");
        refuses(gguf().put("general.architecture", "llama"), "no image encoder");
        refuses(gguf().put("clip.vision.projection_dim", 128), "do not belong together");
        refuses(gguf().put("clip.vision.attention.head_count", 5), "5 heads");
        refuses(gguf().put("clip.vision.image_std", new float[] {1, 0, 1}), "image_std");
        refuses(gguf().put("clip.vision.image_mean", new float[] {0.5f}), "image_mean");
        refuses(gguf().put("clip.vision.patch_size", 16), "v.patch_embd.weight");
        refuses(gguf().put("clip.vision.block_count", 3), "v.blk.2.ln1.weight");
        refuses(gguf().put("clip.vision.spatial_merge_size", 3), "mm.patch_merger.weight");
    }

    @Test
    void anEncoderOfGemmaThatCannotRunIsRefusedWithTheReason() {
        String prefix = "clip.vision.";
        refuses(siglip().put("clip.use_gelu", false), "gelu");
        refuses(siglip().put(prefix + "attention.head_count", 5), "5 heads");
        refuses(siglip().put(prefix + "feed_forward_length", 152), "multiple of 16");
        refuses(siglip().put(prefix + "feed_forward_length", 160), "ffn_up.weight");
        refuses(siglip().put(prefix + "image_size", 100), "whole cells");
        refuses(siglip().put(prefix + "image_size", 14 * 34), "at most 256");
        refuses(siglip().put(prefix + "image_size", 56), "v.position_embd.weight");
        refuses(siglip().put(prefix + "projection_dim", 32), "do not belong together");
    }

    @Test
    void gemmaTakesPicturesOfOneSize() {
        Path path = TinySiglip.ofMerging().write(folder.resolve("vision.gguf"));
        try (GgufFile file = GgufFile.open(path)) {
            VisionConfig config = VisionConfig.of(file);
            assertThat(config.grid(112, 112)).isEqualTo(new ImageGrid(4, 4, VisionKind.GEMMA3));
            assertThatThrownBy(() -> config.grid(112, 84))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("takes 112 x 112");
        }
    }

    /** As in the files of Gemma 3 that were made first. */
    @Test
    void fourPatchesOfALineAreOneRowIfTheFileDoesNotSay() {
        Path path = folder.resolve("vision.gguf");
        siglip().remove("clip.vision.projector.scale_factor").write(path);
        try (GgufFile file = GgufFile.open(path)) {
            assertThat(VisionConfig.of(file).merge()).isEqualTo(4);
        }
    }

    private static GgufWriter siglip() {
        return TinySiglip.ofMerging().gguf();
    }

    private static GgufWriter gguf() {
        return TinyVision.ofMerging().gguf();
    }

    private void refuses(GgufWriter writer, String reason) {
        assertThatThrownBy(() -> load(writer, new ScalarKernels(), 1).close())
                .satisfies(e ->
                        assertThat(e)
                                .isInstanceOfAny(
                                        ModelException.class, tramontane.gguf.GgufException.class))
                .hasMessageContaining(reason);
    }

    @Test
    void aClosedEncoderSaysSo() {
        VisionModel model = load(gguf(), new ScalarKernels(), 1);
        model.close();
        model.close();
        ImagePixels pixels = new ImagePixels(28, 28, TinyVision.picture(28, 28, 0));
        assertThatThrownBy(() -> model.embed(pixels)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void anInterruptedCallerGetsNoRows() {
        try (VisionModel model = load(gguf(), new ScalarKernels(), 1)) {
            ImagePixels pixels = new ImagePixels(28, 28, TinyVision.picture(28, 28, 0));
            Thread.currentThread().interrupt();
            assertThatThrownBy(() -> model.embed(pixels)).isInstanceOf(InterruptedException.class);
        }
    }
}
