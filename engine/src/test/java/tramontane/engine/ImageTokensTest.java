package tramontane.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import tramontane.vision.ImageDigest;
import tramontane.vision.ImageGrid;
import tramontane.vision.ImageRows;
import tramontane.vision.VisionKind;

/** Each picture has an id of its own, at its rows only. */
class ImageTokensTest {
    private static final int PLACEHOLDER = 10;
    private static final int BREAK = 11;

    private static PromptImage image(int position, int content) {
        return new PromptImage(
                position,
                new ImageRows(
                        new ImageDigest("picture " + content),
                        new ImageGrid(2, 2, VisionKind.PIXTRAL),
                        1,
                        new float[4]));
    }

    private static GenerationRequest.Prompt prompt(PromptImage... images) {
        int[] tokens = {1, 10, 10, 11, 10, 10, 2, 10, 10, 11, 10, 10, 3};
        return new GenerationRequest.Prompt(tokens, List.of(images));
    }

    @Test
    void rowsHaveTheIdOfTheirPicture() {
        ImageTokens ids = new ImageTokens();
        assertThat(ids.of(prompt(image(1, 5), image(7, 6))))
                .containsExactly(1, -1, -1, BREAK, -1, -1, 2, -2, -2, BREAK, -2, -2, 3);
        assertThat(ids.of(prompt(image(1, 6), image(7, 6))))
                .containsExactly(1, -2, -2, BREAK, -2, -2, 2, -2, -2, BREAK, -2, -2, 3);
        assertThat(ids.of(prompt())).contains(PLACEHOLDER).doesNotContain(-1, -2);
    }

    @Test
    void aForgottenPictureGetsANewId() {
        ImageTokens ids = new ImageTokens();
        int first = ids.of(prompt(image(1, 0)))[1];
        for (int content = 1; content < 4096; content++) {
            ids.of(prompt(image(1, content)));
        }
        assertThat(ids.of(prompt(image(1, 0)))[1]).as("remembered").isEqualTo(first);
        for (int content = 4096; content < 8192; content++) {
            ids.of(prompt(image(1, content)));
        }
        int again = ids.of(prompt(image(1, 0)))[1];
        assertThat(again).as("never one that another picture had").isEqualTo(-8193);
    }

    @Test
    void picturesLieInThePromptOneAfterTheOther() {
        for (PromptImage[] images :
                new PromptImage[][] {
                    {image(9, 0)}, {image(1, 0), image(5, 1)}, {image(7, 0), image(1, 1)}
                }) {
            assertThatThrownBy(() -> prompt(images))
                    .as(Arrays.toString(images))
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("a picture at position");
        }
    }
}
