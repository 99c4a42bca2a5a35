package tramontane.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.gguf.GgufException;
import tramontane.gguf.GgufFile;
import tramontane.kernel.Kernels;
import tramontane.kernel.scalar.ScalarKernels;
import tramontane.model.ModelException;
import tramontane.packed.PackedPlace;
import tramontane.testkit.GgufWriter;
import tramontane.testkit.TinyImageEncoder;
import tramontane.testkit.TinySiglip;
import tramontane.testkit.TinyVision;

/** A damaged encoder file is refused with a reason, or encodes. */
class VisionMutationTest {
    private static final int ROUNDS = 150;
    private static final long MAX_BYTES = 64 << 20;
    private static final int SIDE = 2 * TinyVision.PATCH;
    private static final int[] AWKWARD = {
        0, 1, -1, 2, 3, 13, 31, 255, 8192, 65_536, Integer.MAX_VALUE, Integer.MIN_VALUE
    };

    private static final List<TinyImageEncoder> ENCODERS =
            List.of(TinyVision.ofMerging(), TinySiglip.ofMerging());

    private static final Kernels KERNELS = new ScalarKernels();

    @TempDir Path folder;

    /** False if it is refused. */
    private boolean encodes(byte[] bytes) throws IOException, InterruptedException {
        Path path = Files.write(folder.resolve("damaged.gguf"), bytes);
        try (GgufFile file = GgufFile.open(path)) {
            VisionConfig config = VisionConfig.of(file);
            if (VisionModel.plannedBytes(file, 1) > MAX_BYTES) {
                // The plan of the model's memory refuses it.
                return false;
            }
            var options =
                    new VisionModel.Options(KERNELS, 1, config.textWidth(), new PackedPlace.Off());
            try (VisionModel model = VisionModel.load(file, options)) {
                int side =
                        config.kind() == VisionKind.GEMMA3
                                ? config.imageSize()
                                : Math.ceilDiv(SIDE, config.unit()) * config.unit();
                if (side <= config.imageSize()) {
                    model.embed(new ImagePixels(side, side, TinyVision.picture(side, side, 1)));
                }
                return true;
            }
        } catch (GgufException | ModelException refused) {
            assertThat(refused.getMessage()).isNotBlank();
            return false;
        }
    }

    @Test
    void aDamagedFileEncodesOrIsRefused() throws Exception {
        for (TinyImageEncoder encoder : ENCODERS) {
            damage(encoder.gguf().toBytes());
        }
    }

    private void damage(byte[] valid) throws Exception {
        int header = new String(valid, StandardCharsets.ISO_8859_1).lastIndexOf("v.") + 64;
        int encoded = 0;
        for (int seed = 0; seed < ROUNDS; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            byte[] damaged = valid.clone();
            int at = random.nextInt(header);
            if (random.nextBoolean()) {
                damaged[at] = (byte) random.nextInt();
            } else {
                ByteBuffer.wrap(damaged)
                        .order(ByteOrder.LITTLE_ENDIAN)
                        .putInt(at, AWKWARD[random.nextInt(AWKWARD.length)]);
            }
            try {
                encoded += encodes(damaged) ? 1 : 0;
            } catch (RuntimeException e) {
                throw new AssertionError("seed " + seed, e);
            }
        }
        assertThat(encoded).isBetween(1, ROUNDS * 19 / 20);
    }

    @Test
    void awkwardNumbersEncodeOrAreRefused() throws Exception {
        for (String key :
                List.of(
                        "projection_dim",
                        "image_size",
                        "patch_size",
                        "embedding_length",
                        "feed_forward_length",
                        "block_count",
                        "attention.head_count",
                        "spatial_merge_size",
                        "projector.scale_factor")) {
            for (int value : AWKWARD) {
                for (TinyImageEncoder encoder : ENCODERS) {
                    GgufWriter writer = encoder.gguf().put("clip.vision." + key, value);
                    try {
                        encodes(writer.toBytes());
                    } catch (RuntimeException e) {
                        throw new AssertionError(encoder.label() + " " + key + " " + value, e);
                    }
                }
            }
        }
    }

    /** They would make every row of every picture not a number. */
    @Test
    void numbersThatMakeNoRowsAreRefused() {
        for (float value : new float[] {Float.NaN, Float.POSITIVE_INFINITY, -1, 0}) {
            for (String key :
                    List.of("clip.rope.freq_base", "clip.vision.attention.layer_norm_epsilon")) {
                GgufWriter writer = TinyVision.ofMerging().gguf().put(key, value);
                Path path = folder.resolve("numbers.gguf");
                writer.write(path);
                try (GgufFile file = GgufFile.open(path)) {
                    assertThatThrownBy(() -> VisionConfig.of(file))
                            .as(key + " " + value)
                            .isInstanceOf(ModelException.class)
                            .hasMessageContaining(key);
                }
            }
        }
    }
}
