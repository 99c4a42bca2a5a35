package tramontane.page;

import com.microsoft.playwright.options.FilePayload;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import javax.imageio.ImageIO;

/** Files for the tests of images. */
final class Pictures {
    private Pictures() {}

    /** A picture of 40 x 30 pixels in one colour. */
    static byte[] png(int rgb) throws IOException {
        BufferedImage picture = new BufferedImage(40, 30, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < 40 * 30; i++) {
            picture.setRGB(i % 40, i / 40, rgb);
        }
        return encoded(picture);
    }

    /** A picture whose file takes about three bytes a pixel. */
    static byte[] noise(int side) throws IOException {
        Random random = new Random(1);
        BufferedImage picture = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
        for (int i = 0; i < side * side; i++) {
            picture.setRGB(i % side, i / side, random.nextInt(1 << 24));
        }
        return encoded(picture);
    }

    private static byte[] encoded(BufferedImage picture) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        ImageIO.write(picture, "png", bytes);
        return bytes.toByteArray();
    }

    static String url(byte[] png) {
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
    }

    static FilePayload file(String name, byte[] bytes) {
        return new FilePayload(name, "image/png", bytes);
    }

    /** A program in a picture, which says that it is a PNG. */
    static FilePayload svg() {
        return file(
                "drawing.png",
                "<svg xmlns='http://www.w3.org/2000/svg' onload='window.hit=1'><script>window.hit=1</script></svg>"
                        .getBytes(StandardCharsets.UTF_8));
    }

    /** The header of a picture of this size. */
    static byte[] header(int width, int height) throws IOException {
        byte[] png = png(0);
        putInt(png, 16, width);
        putInt(png, 20, height);
        return png;
    }

    static byte[] padded(byte[] png, int bytes) {
        return Arrays.copyOf(png, bytes);
    }

    private static void putInt(byte[] bytes, int at, int value) {
        for (int i = 0; i < 4; i++) {
            bytes[at + i] = (byte) (value >>> 24 - 8 * i);
        }
    }
}
