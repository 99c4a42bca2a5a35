package tramontane.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import tramontane.api.ApiException;
import tramontane.api.ErrorCode;
import tramontane.engine.GenerationRequest;
import tramontane.vision.ImageDigest;
import tramontane.vision.ImageGrid;
import tramontane.vision.ImageRows;
import tramontane.vision.VisionKind;

class EncodedImagesTest {
    private static final GenerationRequest.Owner ANN = new GenerationRequest.Owner("ann", "");

    private static ImageRows rows(int width) {
        return new ImageRows(
                new ImageDigest("a"),
                new ImageGrid(1, 1, VisionKind.GEMMA3),
                width,
                new float[width]);
    }

    private static EncodedImages.Key key(String sum) {
        return new EncodedImages.Key("encoder", ANN, sum, 1, 1);
    }

    @Test
    void thePictureNotUsedForLongestGivesWay() {
        EncodedImages images = new EncodedImages(8 * 100);
        images.keep(key("a"), rows(10));
        images.keep(key("b"), rows(10));
        assertThat(images.find(key("a"))).isPresent();
        images.keep(key("c"), rows(10));
        assertThat(images.find(key("b"))).isEmpty();
        assertThat(images.find(key("a"))).isPresent();
        assertThat(images.keptBytes()).isEqualTo(80);
        images.keep(key("d"), rows(26));
        assertThat(images.find(key("d"))).isEmpty();
        assertThat(images.keptBytes()).isEqualTo(80);
    }

    @Test
    void callersDoNotFindEachOthersPictures() {
        EncodedImages images = new EncodedImages(1 << 20);
        images.keep(key("a"), rows(10));
        GenerationRequest.Owner bob = new GenerationRequest.Owner("bob", "");
        assertThat(images.find(new EncodedImages.Key("encoder", bob, "a", 1, 1))).isEmpty();
        assertThat(images.find(new EncodedImages.Key("encoder", ANN, "a", 2, 1))).isEmpty();
    }

    @Test
    void openRequestsShareABound() throws Exception {
        EncodedImages images = new EncodedImages(400);
        EncodedImages.Share share = images.open(60);
        assertThatThrownBy(() -> images.open(60))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.RATE_LIMITED));
        assertThatThrownBy(() -> images.open(101))
                .isInstanceOfSatisfying(
                        ApiException.class,
                        e -> assertThat(e.code()).isEqualTo(ErrorCode.BAD_REQUEST));
        share.shrink(40);
        images.open(60);
        share.close();
        share.close();
        images.openFiles(40);
        assertThatThrownBy(() -> images.openFiles(1_000)).isInstanceOf(ApiException.class);
    }

    @Test
    void modelsShareTheMemory() {
        EncodedImages images = new EncodedImages(8 * 100);
        EncodedImages.Key other = new EncodedImages.Key("other", ANN, "a", 1, 1);
        images.keep(key("a"), rows(10));
        assertThat(images.find(other)).isEmpty();
        images.keep(other, rows(10));
        images.keep(key("b"), rows(10));
        assertThat(images.find(key("a"))).isEmpty();
        images.forget("other");
        assertThat(images.find(other)).isEmpty();
        assertThat(images.find(key("b"))).isPresent();
        assertThat(images.keptBytes()).isEqualTo(40);
    }
}
