package tramontane.image;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Pixels are those of Pillow and mistral-common. */
class ImageDecoderTest {

    static List<String> names() {
        return GoldenImages.names();
    }

    @ParameterizedTest
    @MethodSource("names")
    void pixelsAreThoseOfPillow(String name) throws Exception {
        Picture expected = GoldenImages.pixels(name);
        Picture picture = GoldenImages.decoded(GoldenImages.file(name));
        assertThat(picture.width()).isEqualTo(expected.width());
        assertThat(picture.height()).isEqualTo(expected.height());
        int far = 0;
        long sum = 0;
        for (int i = 0; i < expected.rgb().length; i++) {
            int apart = Math.abs((picture.rgb()[i] & 0xff) - (expected.rgb()[i] & 0xff));
            far = Math.max(far, apart);
            sum += apart;
        }
        assertThat(far)
                .as("%s: on average %.2f", name, (double) sum / expected.rgb().length)
                .isZero();
    }

    @ParameterizedTest
    @MethodSource("names")
    void theHeaderTellsTheSizeOfTheUprightPicture(String name) throws Exception {
        Picture expected = GoldenImages.pixels(name);
        assertThat(new ImageDecoder(GoldenImages.LIMITS).size(GoldenImages.file(name)))
                .isEqualTo(new ImageSize(expected.width(), expected.height()));
    }

    @Test
    void pixelsAreBoundedByTheHeaderAlone() {
        byte[] bomb = GoldenImages.file("rgb.png");
        // The width in IHDR.
        bomb[17] = 0x20;
        assertRefused(bomb, "2097197 x 31 pixels; at most 16384 on a side");
        bomb[17] = 0;
        bomb[18] = 0x20;
        bomb[22] = 0x20;
        assertRefused(bomb, "8237 x 8223 pixels; at most 1048576");
        byte[] jpeg = GoldenImages.file("420.jpg");
        int frame = indexOf(jpeg, new byte[] {(byte) 0xff, (byte) 0xc0});
        jpeg[frame + 5] = 0x20;
        jpeg[frame + 7] = 0x20;
        assertRefused(jpeg, "pixels; at most 1048576");
        byte[] gif = GoldenImages.file("plain.gif");
        gif[7] = 0x20;
        gif[9] = 0x20;
        assertRefused(gif, "pixels; at most 1048576");
    }

    @Test
    void deepPixelsCountTwice() {
        ImageLimits limits = new ImageLimits(1, 1 << 20, 45 * 31);
        assertThat(sizeOf("rgb.png", limits)).isEqualTo("45x31");
        assertThat(sizeOf("rgb-16.png", limits)).contains("at most 697 are read");
    }

    private static String sizeOf(String name, ImageLimits limits) {
        try {
            ImageSize size = new ImageDecoder(limits).size(GoldenImages.file(name));
            return size.width() + "x" + size.height();
        } catch (ImageException e) {
            return String.valueOf(e.getMessage());
        }
    }

    @Test
    void bytesAreBounded() {
        byte[] file = GoldenImages.file("rgb.png");
        assertThatThrownBy(() ->
                        new ImageDecoder(new ImageLimits(1, file.length - 1, 1 << 20)).size(file))
                .hasMessageContaining("more than " + (file.length - 1) + " bytes");
    }

    @Test
    void aJpegOfManyScansIsRefused() {
        byte[] file = GoldenImages.file("progressive.jpg");
        int scan = indexOf(file, new byte[] {(byte) 0xff, (byte) 0xda});
        byte[] scans = Arrays.copyOf(file, file.length + 1000);
        for (int i = 0; i < 1000; i += 10) {
            System.arraycopy(file, scan, scans, file.length - 2 + i, 10);
        }
        assertRefused(scans, "more than 64 scans");
    }

    @Test
    void otherFilesAreNamed() {
        assertRefused("<svg xmlns='x'/>".getBytes(StandardCharsets.UTF_8), "looks like SVG");
        assertRefused("%PDF-1.7".getBytes(StandardCharsets.UTF_8), "this is a PDF");
        assertRefused("<html>".getBytes(StandardCharsets.UTF_8), "looks like a web page");
        assertRefused(new byte[0], "must be PNG, JPEG, GIF or WebP");
    }

    private static void assertRefused(byte[] file, String why) {
        assertThatThrownBy(() -> GoldenImages.decoded(file))
                .isInstanceOf(ImageException.class)
                .hasMessageContaining(why);
    }

    private static int indexOf(byte[] file, byte[] part) {
        for (int i = 0; i <= file.length - part.length; i++) {
            if (Arrays.equals(file, i, i + part.length, part, 0, part.length)) {
                return i;
            }
        }
        throw new AssertionError("not found");
    }
}
