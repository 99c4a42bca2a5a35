package tramontane.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Where the rows of a picture lie. */
class ImageGridTest {
    @Test
    void aBreakStandsBetweenTwoLines() {
        check(new ImageGrid(3, 2, VisionKind.PIXTRAL), "012.345");
        check(new ImageGrid(1, 3, VisionKind.PIXTRAL), "0.1.2");
        check(new ImageGrid(4, 1, VisionKind.PIXTRAL), "0123");
        check(new ImageGrid(3, 2, VisionKind.GEMMA3), "012345");
    }

    /** Spells each position as its row, or as a dot where none stands. */
    private static void check(ImageGrid grid, String expected) {
        StringBuilder spelled = new StringBuilder();
        for (int offset = 0; offset < grid.positions(); offset++) {
            spelled.append(grid.isRow(offset) ? String.valueOf(grid.row(offset)) : ".");
        }
        assertThat(spelled).hasToString(expected);
        assertThat(grid.isRow(-1)).isFalse();
        assertThat(grid.isRow(grid.positions())).isFalse();
    }

    @Test
    void aGridHasRows() {
        assertThatThrownBy(() -> new ImageGrid(0, 1, VisionKind.PIXTRAL))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void theDigestDependsOnTheSizeAndOnEveryPixel() {
        ImagePixels pixels = new ImagePixels(2, 1, new byte[] {1, 2, 3, 4, 5, 6});
        assertThat(pixels.digest())
                .isEqualTo(new ImagePixels(2, 1, new byte[] {1, 2, 3, 4, 5, 6}).digest())
                .isNotEqualTo(new ImagePixels(1, 2, new byte[] {1, 2, 3, 4, 5, 6}).digest())
                .isNotEqualTo(new ImagePixels(2, 1, new byte[] {1, 2, 3, 4, 5, 7}).digest());
    }
}
