package tramontane.backend;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import tramontane.token.Span;
import tramontane.vision.ImageGrid;
import tramontane.vision.VisionKind;

class ImageTokensTest {
    private static final int IMG = 10;
    private static final int BREAK = 12;
    private static final int END = 13;
    private static final ImageTokens PIXTRAL =
            new ImageTokens(
                    VisionKind.PIXTRAL, IMG, IMG, OptionalInt.of(BREAK), OptionalInt.of(END));
    private static final ImageTokens GEMMA =
            new ImageTokens(VisionKind.GEMMA3, 5, 6, OptionalInt.empty(), OptionalInt.empty());

    /** mistral-common: {@code ([IMG] * columns + [BREAK]) * rows}, whose last token is END. */
    @Test
    void tokensOfPixtralAreThoseOfMistralCommon() {
        ImageTokens.Placed placed =
                PIXTRAL.place(
                                new int[] {1, IMG, 2, IMG, 3},
                                List.of(
                                        new ImageGrid(3, 2, VisionKind.PIXTRAL),
                                        new ImageGrid(1, 1, VisionKind.PIXTRAL)))
                        .orElseThrow();
        assertThat(placed.tokens())
                .containsExactly(1, IMG, IMG, IMG, BREAK, IMG, IMG, IMG, END, 2, IMG, END, 3);
        assertThat(placed.firstPositions()).containsExactly(1, 10);
    }

    @Test
    void rowsOfGemmaFollowTheStart() {
        ImageTokens.Placed placed =
                GEMMA.place(new int[] {1, 5, 7}, List.of(new ImageGrid(2, 2, VisionKind.GEMMA3)))
                        .orElseThrow();
        assertThat(placed.tokens()).containsExactly(1, 5, 6, 6, 6, 6, 7);
        assertThat(placed.firstPositions()).containsExactly(2);
    }

    @Test
    void eachPictureNeedsItsPlaceholder() {
        assertThat(
                        PIXTRAL.place(
                                new int[] {1, 2}, List.of(new ImageGrid(1, 1, VisionKind.PIXTRAL))))
                .isEmpty();
        assertThat(PIXTRAL.place(new int[] {IMG}, List.of())).isEmpty();
    }

    @Test
    void onlyTheTemplatesTextGetsWhatIsAroundAPicture() {
        List<Span> spans =
                List.of(new Span("<start_of_image>", true), new Span("<start_of_image>", false));
        assertThat(GEMMA.around(spans))
                .containsExactly(
                        new Span("\n\n<start_of_image><end_of_image>\n\n", true),
                        new Span("<start_of_image>", false));
        assertThat(PIXTRAL.around(spans)).isEqualTo(spans);
    }
}
