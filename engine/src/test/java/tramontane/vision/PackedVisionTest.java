package tramontane.vision;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tramontane.gguf.GgufFile;
import tramontane.kernel.choice.KernelChoice;
import tramontane.packed.PackedPlace;
import tramontane.testkit.TinyImageEncoder;
import tramontane.testkit.TinySiglip;
import tramontane.testkit.TinyVision;
import tramontane.testkit.TinyVisionFiles;

/** Image encoders whose packed weights are kept in a file. */
class PackedVisionTest {
    @TempDir Path folder;

    @Test
    void rowsHaveTheSameBitsWithAndWithoutTheFile() throws Exception {
        for (TinyImageEncoder tiny : TinyVisionFiles.all()) {
            Path file = folder.resolve(tiny.label() + ".gguf");
            tiny.gguf().write(file);
            Path packed = folder.resolve(tiny.label() + ".gguf.packed");
            int width = tiny instanceof TinySiglip ? TinySiglip.IMAGE_SIZE : 84;
            float[] expected = rows(file, width, new PackedPlace.Off());
            assertThat(rows(file, width, new PackedPlace.BesideModel())).isEqualTo(expected);
            FileTime made = Files.getLastModifiedTime(packed);
            assertThat(rows(file, width, new PackedPlace.BesideModel())).isEqualTo(expected);
            assertThat(Files.getLastModifiedTime(packed)).as("used, not made").isEqualTo(made);
        }
    }

    private static float[] rows(Path path, int width, PackedPlace packed) throws Exception {
        ImagePixels pixels = new ImagePixels(width, 112, TinyVision.picture(width, 112, 6));
        VisionModel.Options options =
                new VisionModel.Options(KernelChoice.of(""), 2, TinyVision.TEXT_WIDTH, packed);
        try (GgufFile file = GgufFile.open(path);
                VisionModel model = VisionModel.load(file, options)) {
            float[] rows = model.embed(pixels).values();
            model.awaitPacked();
            return rows;
        }
    }
}
