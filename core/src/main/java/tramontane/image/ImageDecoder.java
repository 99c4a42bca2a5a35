package tramontane.image;

import com.twelvemonkeys.imageio.plugins.webp.WebPImageReaderSpi;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.Arrays;
import java.util.concurrent.Semaphore;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * Decodes pictures as Pillow and mistral-common do: transparency becomes white, colour profiles are
 * ignored, and the first picture of an animation counts. The orientation of Exif is applied, as
 * transformers does.
 *
 * <p>One picture is decoded at a time, in the order of arrival, because each may take a fifth of
 * the heap.
 */
public final class ImageDecoder {
    private static final int WHITE = 255;

    private final ImageLimits limits;
    private final Semaphore turn = new Semaphore(1, true);

    public ImageDecoder(ImageLimits limits) {
        this.limits = limits;
    }

    public ImageLimits limits() {
        return limits;
    }

    /** The size of the upright picture, from its header alone. */
    public ImageSize size(byte[] file) throws ImageException {
        return EncodedImage.read(file, limits).upright();
    }

    /**
     * Decodes a picture, and gives it to {@code use} while no other one is decoded.
     *
     * @throws ImageException if it is damaged, or beyond the limits
     */
    public <T> T decode(byte[] file, Use<T> use) throws ImageException, InterruptedException {
        EncodedImage image = EncodedImage.read(file, limits);
        turn.acquire();
        try {
            return use.of(decoded(image));
        } finally {
            turn.release();
        }
    }

    /** Makes something smaller of a picture. */
    @FunctionalInterface
    public interface Use<T> {
        T of(Picture picture);
    }

    private static Picture decoded(EncodedImage image) throws ImageException {
        byte[] rgb;
        try {
            rgb = onCanvas(image, pixels(image));
        } catch (IOException | RuntimeException e) {
            // The JDK's readers report some damage by exceptions that they do not declare.
            ImageException damaged = ByteReader.damaged();
            damaged.addSuppressed(e);
            throw damaged;
        }
        return new Orientation(image.orientation()).upright(image.canvas(), rgb);
    }

    private static byte[] pixels(EncodedImage image) throws IOException, ImageException {
        if (LossyWebp.is(image)) {
            return LossyWebp.rgb(image);
        }
        ImageReader reader =
                switch (image.format()) {
                    case PNG -> reader("png");
                    case JPEG -> reader("jpeg");
                    case GIF -> reader("gif");
                    case WEBP -> lossless(image);
                };
        return pixels(reader, image);
    }

    private static ImageReader lossless(EncodedImage image) throws IOException, ImageException {
        LosslessWebp.check(image.stream(), image.frame().size());
        return new WebPImageReaderSpi().createReaderInstance();
    }

    private static byte[] pixels(ImageReader reader, EncodedImage image)
            throws IOException, ImageException {
        try (MemoryCacheImageInputStream stream =
                new MemoryCacheImageInputStream(new ByteArrayInputStream(image.stream()))) {
            reader.setInput(stream, true, true);
            ImageSize size = image.frame().size();
            if (reader.getWidth(0) != size.width() || reader.getHeight(0) != size.height()) {
                throw ByteReader.damaged();
            }
            if (image.scheme() != EncodedImage.FourChannels.NONE) {
                return new RgbRows(size).ofFourChannels(reader.readRaster(0, null), image.scheme());
            }
            BufferedImage decoded = reader.read(0);
            Raster raster = decoded.getRaster();
            if (raster.getWidth() != size.width() || raster.getHeight() != size.height()) {
                throw ByteReader.damaged();
            }
            return new RgbRows(size).of(raster, decoded.getColorModel());
        } finally {
            reader.dispose();
        }
    }

    /** The green samples of a lossless WebP picture. */
    static byte[] green(byte[] webp, ImageSize size) throws IOException, ImageException {
        EncodedImage image =
                new EncodedImage(
                        ImageFormat.WEBP,
                        size,
                        EncodedImage.Frame.whole(size),
                        Exif.UPRIGHT,
                        4,
                        EncodedImage.FourChannels.NONE,
                        webp);
        byte[] rgb = pixels(lossless(image), image);
        byte[] green = new byte[rgb.length / Picture.CHANNELS];
        for (int i = 0; i < green.length; i++) {
            green[i] = rgb[i * Picture.CHANNELS + 1];
        }
        return green;
    }

    private static ImageReader reader(String format) {
        return ImageIO.getImageReadersByFormatName(format).next();
    }

    /** Around the first picture of an animation, the canvas is white. */
    private static byte[] onCanvas(EncodedImage image, byte[] rgb) {
        EncodedImage.Frame frame = image.frame();
        ImageSize canvas = image.canvas();
        if (frame.size().equals(canvas)) {
            return rgb;
        }
        byte[] all = new byte[Math.toIntExact(canvas.pixels() * Picture.CHANNELS)];
        Arrays.fill(all, (byte) WHITE);
        int bytes = frame.size().width() * Picture.CHANNELS;
        for (int y = 0; y < frame.size().height(); y++) {
            int to = ((frame.top() + y) * canvas.width() + frame.left()) * Picture.CHANNELS;
            System.arraycopy(rgb, y * bytes, all, to, bytes);
        }
        return all;
    }
}
