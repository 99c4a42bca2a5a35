package tramontane.image;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tramontane.api.Sha256;

/** The golden files come from transformers, Pillow and mistral-common: {@code make.py} there. */
class ResamplerTest {
    private static JsonNode golden(String name) {
        return new JsonMapper().readTree(GoldenImages.read(GoldenImages.FOLDER.resolve(name)));
    }

    @Test
    void resizedPixelsAreThoseOfTransformersAndPillow() throws Exception {
        int checked = 0;
        for (JsonNode line : golden("resized.json")) {
            Picture picture =
                    GoldenImages.decoded(GoldenImages.file(line.get("file").stringValue()));
            ImageSize size =
                    new ImageSize(line.get("width").intValue(), line.get("height").intValue());
            Picture resized =
                    Resampler.valueOf(line.get("filter").stringValue()).resize(picture, size);
            assertThat(Sha256.of(resized.rgb()))
                    .as(line.toString())
                    .isEqualTo(line.get("sha256").stringValue());
            checked++;
        }
        assertThat(checked).isGreaterThan(10);
    }

    @Test
    void gridsAreThoseOfMistralCommon() {
        int checked = 0;
        for (JsonNode line : golden("grids.json")) {
            List<Integer> n = line.valueStream().map(JsonNode::intValue).toList();
            int cell = n.get(3);
            assertThat(FittedSize.of(new ImageSize(n.get(0), n.get(1)), n.get(2), cell))
                    .as(line.toString())
                    .isEqualTo(new ImageSize(n.get(4) * cell, n.get(5) * cell));
            checked++;
        }
        assertThat(checked).isGreaterThan(400);
    }

    @Test
    void aPictureOfTheRightSizeIsLeftAlone() {
        Picture picture = GoldenImages.pixels("rgb.png");
        assertThat(Resampler.BICUBIC.resize(picture, new ImageSize(45, 31))).isSameAs(picture);
    }

    @Test
    void theWidestPictureIsResizedInLittleMemory() {
        Picture wide =
                new Picture(
                        EncodedImage.MAX_SIDE,
                        1,
                        new byte[EncodedImage.MAX_SIDE * Picture.CHANNELS]);
        ImageSize size = FittedSize.of(new ImageSize(wide.width(), 1), 1540, 28);
        assertThat(size).isEqualTo(new ImageSize(1540, 28));
        assertThat(Resampler.BICUBIC.resize(wide, size).rgb()).containsOnly(0);
    }
}
